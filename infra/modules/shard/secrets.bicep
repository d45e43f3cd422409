// What a shard's vault has beside the connection of its Redis.
import { Shard } from '../../types.bicep'

param shard Shard
param vaultName string

@secure()
@description('How the app reaches what clients connect to.')
param connection string

@secure()
@description('The key of all nodes of the fleet; not used without nodes.')
param nodeKey string

@description('Whether there are other shards.')
param severalShards bool

@secure()
@description('The keys of all shards: Serverless:Fleet:Keys as JSON. Not used with one shard.')
param fleetKeys string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource signalR 'secrets' = {
    name: 'signalr-connection'
    properties: { value: connection, contentType: 'AzureSignalRConnectionString' }
  }

  resource node 'secrets' = if (shard.delivery == 'node') {
    name: 'node-key'
    properties: { value: nodeKey, contentType: 'Serverless:Keys:Primary' }
  }

  resource fleet 'secrets' = if (severalShards) {
    name: 'fleet-keys'
    properties: { value: fleetKeys, contentType: 'Serverless:Fleet:Keys' }
  }
}

output name string = vaultName
