import { FleetParts, Place, Shard } from '../../types.bicep'
import { nameOf, plainName } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param parts FleetParts

@description('Of the shard\'s identity.')
param clientId string
param principalId string
param privateNetwork bool

@description('Where clients connect.')
param endpoint string

@description('Serverless:Fleet:Description.')
param fleet string

@description('Empty: no nodes yet.')
param nodeImage string

@description('Whether the app has been deployed, and so has the key of its webhook.')
param upstreamReady bool

@description('Whether there are other shards.')
param severalShards bool

@secure()
@description('The key of all nodes of the fleet; not used without nodes.')
param nodeKey string

@secure()
@description('The keys of all shards: Serverless:Fleet:Keys. Not used with one shard.')
param fleetKeys string
param allowedOrigins string[]
param settings object
param operatorId string
param operatorType 'User' | 'ServicePrincipal' | 'Group'

var networkId = privateNetwork
  ? resourceId('Microsoft.Network/virtualNetworks', nameOf('vnet', shard.name, suffix))
  : ''
var place Place = {
  identityId: resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', nameOf('id', shard.name, suffix))
  clientId: clientId
  principalId: principalId
  networkId: networkId
  functionsSubnetId: privateNetwork ? '${networkId}/subnets/functions' : ''
  privateSubnetId: privateNetwork ? '${networkId}/subnets/private' : ''
  clusterSubnetId: privateNetwork ? '${networkId}/subnets/cluster' : ''
}
var vaultName = nameOf('kv', shard.name, suffix)
var storageName = plainName('st', shard.name, suffix)
var inCluster = (shard.?host ?? 'containerApps') == 'aks'

module storage 'storage.bicep' = {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
  }
}

module redis 'redis.bicep' = {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    vaultName: vaultName
  }
}

resource signalR 'Microsoft.SignalRService/signalR@2024-03-01' existing = if (shard.delivery == 'azureSignalR') {
  name: nameOf('sigr', shard.name, suffix)
}

module secrets 'secrets.bicep' = {
  params: {
    shard: shard
    vaultName: vaultName
    connection: shard.delivery == 'azureSignalR'
      ? signalR!.listKeys().primaryConnectionString
      : 'Endpoint=${endpoint};AccessKey=${nodeKey};Version=1.0;'
    nodeKey: nodeKey
    severalShards: severalShards
    fleetKeys: fleetKeys
  }
}

module functionApp 'functionapp.bicep' = {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    vaultName: vaultName
    storageName: storageName
    insightsConnectionString: parts.insightsConnectionString
    severalShards: severalShards
    fleet: fleet
    allowedOrigins: allowedOrigins
    settings: settings
  }
  dependsOn: [storage, redis, secrets]
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

module node 'node.bicep' = if (shard.delivery == 'node' && !inCluster && !empty(nodeImage)) {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    registryName: parts.registryName
    image: nodeImage
    endpoint: endpoint
    fleet: fleet
    settings: settings
    redisConnection: vault.getSecret('redis-connection')
    nodeKey: nodeKey
    upstreamReady: upstreamReady
    upstreamUrl: upstreamReady ? vault.getSecret('upstream-url') : ''
    severalShards: severalShards
    fleetKeys: fleetKeys
  }
  dependsOn: [redis]
}

module cluster '../aks/main.bicep' = if (shard.delivery == 'node' && inCluster) {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    workspaceId: parts.workspaceId
    operatorId: operatorId
    operatorType: operatorType
  }
}

output name string = shard.name
output functionApp string = functionApp.outputs.name

@description('Who pulls the image in the cluster, or empty.')
output kubeletPrincipalId string = shard.delivery == 'node' && inCluster ? cluster!.outputs.kubeletPrincipalId : ''
