import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param vaultName string

resource redis 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: nameOf('redis', shard.name, suffix)
  location: shard.location
  tags: tags
  sku: { name: shard.?redisSku ?? 'Balanced_B1' }
  properties: {
    highAvailability: 'Enabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: empty(place.networkId) ? 'Enabled' : 'Disabled'
  }

  // streams must not vanish: nothing is evicted, and what is written is on the disk within a second
  resource database 'databases' = {
    name: 'default'
    properties: {
      port: 10000
      clientProtocol: 'Encrypted'
      clusteringPolicy: 'OSSCluster'
      evictionPolicy: 'NoEviction'
      persistence: { aofEnabled: true, aofFrequency: '1s' }
      // the node and the app connect by a key as yet
      accessKeysAuthentication: 'Enabled'
    }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource connection 'secrets' = {
    name: 'redis-connection'
    properties: {
      value: '${redis.properties.hostName}:10000,ssl=true,password=${redis::database.listKeys().primaryKey}'
      contentType: 'Serverless:Log:Redis'
    }
  }
}

module private 'endpoint.bicep' = if (!empty(place.networkId)) {
  params: {
    name: nameOf('pep-redis', shard.name, suffix)
    location: shard.location
    tags: tags
    resourceId: redis.id
    groupId: 'redisEnterprise'
    zone: 'privatelink.redis.azure.net'
    networkId: place.networkId
    subnetId: place.privateSubnetId
  }
}

output name string = redis.name
output resourceId string = redis.id
