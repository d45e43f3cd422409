targetScope = 'subscription'

import { Shard } from 'types.bicep'
import { endpointOf, groupName, nameOf, token } from 'naming.bicep'

@minLength(2)
@maxLength(16)
@description('The name of the azd environment: one for each stage, never for a region.')
param environmentName string

@description('Where the fleet\'s own parts are.')
param location string

@minLength(1)
param shards Shard[]

@description('What is before negotiate: none for a single shard.')
param router 'frontDoor' | 'trafficManager' | 'none'

@description('The node\'s image; empty before the registry has one.')
param nodeImage string = ''

@description('The shards whose apps have been deployed, and so have the key of their webhook.')
param upstreamShards string[] = []

@description('Storage, Redis and Key Vault get private addresses, and no public ones. What clients reach stays public.')
param privateNetwork bool = false

@description('The origins of pages that negotiate from a browser.')
param allowedOrigins string[] = []

@description('Vaults that were deleted can\'t be removed for good before 7 days are over, and their names are taken for so long.')
param purgeProtection bool = false

@description('More settings of all apps and nodes, by the names of environment variables: Serverless__Auth__Issuers__0__Issuer. No secrets: they would be readable.')
param settings object = {}

@description('The object id of who runs azd: may push images. Empty: nobody.')
param operatorId string = ''
param operatorType 'User' | 'ServicePrincipal' | 'Group' = 'User'

var tags = { 'azd-env-name': environmentName }
var fleetToken = token(subscription().subscriptionId, environmentName, 'fleet')
var tokens = [for shard in shards: token(subscription().subscriptionId, environmentName, shard.name)]
var hosts = [for (shard, i) in shards: '${nameOf('func', shard.name, tokens[i])}.azurewebsites.net']
var live = filter(range(0, length(shards)), i => shards[i].state != 'lost')
var liveNames = map(live, i => shards[i].name)
var nodeShards = filter(shards, shard => shard.delivery == 'node')
var severalShards = length(shards) > 1
var sharesKeys = severalShards || !empty(nodeShards)
var fleetVaultName = nameOf('kv', 'fleet', fleetToken)

resource fleetGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName(environmentName, 'fleet')
  location: location
  tags: tags
}

resource shardGroups 'Microsoft.Resources/resourceGroups@2025-04-01' = [
  for shard in shards: if (shard.state != 'lost') {
    name: groupName(environmentName, shard.name)
    location: shard.location
    tags: union(tags, { shard: shard.name })
  }
]

module fleet 'modules/fleet/main.bicep' = {
  scope: fleetGroup
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    suffix: fleetToken
    hasNodes: !empty(nodeShards)
    operatorId: operatorId
    operatorType: operatorType
  }
}

module fleetVault 'modules/fleet/vault.bicep' = if (sharesKeys) {
  scope: fleetGroup
  params: {
    name: fleetVaultName
    location: location
    tags: tags
    workspaceId: fleet.outputs.workspaceId
    privateNetwork: privateNetwork
    purgeProtection: purgeProtection
  }
}

resource sharedKeys 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: fleetVaultName
  scope: fleetGroup
}

module places 'modules/shard/place.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost') {
    scope: shardGroups[i]
    params: {
      shard: shard
      suffix: tokens[i]
      tags: union(tags, { shard: shard.name })
      workspaceId: fleet.outputs.workspaceId
      privateNetwork: privateNetwork
      purgeProtection: purgeProtection
      upstreamReady: contains(upstreamShards, shard.name)
    }
  }
]

module rights 'modules/fleet/rights.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost') {
    scope: fleetGroup
    params: {
      principalId: places[i]!.outputs.principalId
      insightsName: fleet.outputs.insightsName
    }
  }
]

module pulls 'modules/fleet/pull.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost' && shard.delivery == 'node') {
    scope: fleetGroup
    params: {
      principalId: places[i]!.outputs.principalId
      registryName: fleet.outputs.registryName
    }
  }
]

module fleetDescription 'modules/fleet/description.bicep' = {
  scope: fleetGroup
  params: {
    entries: [
      for (shard, i) in shards: {
        name: shard.name
        region: shard.location
        endpoint: endpointOf(shard, tokens[i], shard.state == 'lost' ? 'lost.invalid' : places[i]!.outputs.domain)
        weight: shard.weight
        state: shard.state
      }
    ]
  }
}

resource vaults 'Microsoft.KeyVault/vaults@2025-05-01' existing = [
  for (shard, i) in shards: if (shard.state != 'lost') {
    name: nameOf('kv', shard.name, tokens[i])
    scope: shardGroups[i]
  }
]

// before the rest of any shard, which knows the keys of all
@batchSize(1)
module signalRs 'modules/shard/signalr.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost' && shard.delivery == 'azureSignalR') {
    scope: shardGroups[i]
    params: {
      shard: shard
      suffix: tokens[i]
      tags: union(tags, { shard: shard.name })
      workspaceId: fleet.outputs.workspaceId
      privateNetwork: privateNetwork
      upstreamReady: contains(upstreamShards, shard.name)
      upstreamUrl: contains(upstreamShards, shard.name) ? vaults[i].getSecret('upstream-url') : ''
    }
    dependsOn: [places]
  }
]

resource services 'Microsoft.SignalRService/signalR@2024-03-01' existing = [
  for (shard, i) in shards: if (shard.state != 'lost' && shard.delivery == 'azureSignalR') {
    name: nameOf('sigr', shard.name, tokens[i])
    scope: shardGroups[i]
  }
]

module fleetKeys 'modules/fleet/keys.bicep' = if (severalShards) {
  scope: fleetGroup
  params: {
    vaultName: fleetVaultName
    nodeKey: sharedKeys.getSecret('node-key')
    keys: {
      shards: [
        for i in live: {
          name: shards[i].name
          key: shards[i].delivery == 'azureSignalR' ? services[i]!.listKeys().primaryKey : ''
        }
      ]
    }
  }
  dependsOn: [fleetVault, signalRs]
}

// one region after another: a fault stops before the next one
@batchSize(1)
module shardModules 'modules/shard/main.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost') {
    scope: shardGroups[i]
    params: {
      shard: shard
      suffix: tokens[i]
      tags: union(tags, { shard: shard.name })
      parts: {
        workspaceId: fleet.outputs.workspaceId
        insightsConnectionString: fleet.outputs.insightsConnectionString
        registryName: fleet.outputs.registryName
      }
      clientId: places[i]!.outputs.clientId
      principalId: places[i]!.outputs.principalId
      privateNetwork: privateNetwork
      endpoint: endpointOf(shard, tokens[i], places[i]!.outputs.domain)
      fleet: fleetDescription.outputs.json
      nodeImage: nodeImage
      severalShards: severalShards
      nodeKey: shard.delivery == 'node' ? sharedKeys.getSecret('node-key') : ''
      fleetKeys: severalShards ? sharedKeys.getSecret('fleet-keys') : ''
      upstreamReady: contains(upstreamShards, shard.name)
      allowedOrigins: allowedOrigins
      settings: settings
      operatorId: operatorId
      operatorType: operatorType
    }
    dependsOn: [rights, pulls, fleetVault, fleetKeys, signalRs]
  }
]

module clusterPulls 'modules/fleet/pull.bicep' = [
  for (shard, i) in shards: if (shard.state != 'lost' && shard.delivery == 'node' && (shard.?host ?? 'containerApps') == 'aks') {
    scope: fleetGroup
    params: {
      principalId: shardModules[i]!.outputs.kubeletPrincipalId
      registryName: fleet.outputs.registryName
    }
  }
]

module front 'modules/fleet/router.bicep' = if (router != 'none') {
  scope: fleetGroup
  params: {
    environmentName: environmentName
    tags: tags
    suffix: fleetToken
    kind: router == 'trafficManager' ? 'trafficManager' : 'frontDoor'
    apps: [
      for (shard, i) in shards: {
        name: shard.name
        location: shard.location
        host: hosts[i]
        enabled: shard.state == 'active'
      }
    ]
  }
  dependsOn: [shardModules]
}

output AZURE_LOCATION string = location

@description('Of the first shard: azd deploys there, and its hook to the others.')
output AZURE_RESOURCE_GROUP string = groupName(environmentName, liveNames[0])
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = fleet.outputs.registryEndpoint

@description('What programs know of the shards: Serverless:Fleet:Description, for nodes that other manifests start.')
output FLEET_DESCRIPTION string = fleetDescription.outputs.json
output FLEET_RESOURCE_GROUP string = fleetGroup.name

@description('Where clients negotiate: append /api.')
output FLEET_ENDPOINT string = router == 'none'
  ? 'https://${nameOf('func', liveNames[0], token(subscription().subscriptionId, environmentName, liveNames[0]))}.azurewebsites.net'
  : front!.outputs.endpoint
output SHARDS {
  name: string
  location: string
  state: string
  delivery: string
  resourceGroup: string
  functionApp: string
  signalR: string
  vault: string
  healthUrl: string
}[] = [
  for (shard, i) in shards: {
    name: shard.name
    location: shard.location
    state: shard.state
    delivery: shard.delivery
    resourceGroup: groupName(environmentName, shard.name)
    functionApp: nameOf('func', shard.name, tokens[i])
    signalR: shard.delivery == 'azureSignalR' ? nameOf('sigr', shard.name, tokens[i]) : ''
    vault: nameOf('kv', shard.name, tokens[i])
    healthUrl: 'https://${hosts[i]}/api/health'
  }
]
