// What the rest of a shard stands on. It is made for all shards before the rest of any, since each knows where the others are.
import { Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param workspaceId string
param privateNetwork bool
param purgeProtection bool

@description('Whether the app has been deployed, and so has the key of its webhook.')
param upstreamReady bool

var hasEnvironment = shard.delivery == 'node' && (shard.?host ?? 'containerApps') == 'containerApps'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: nameOf('id', shard.name, suffix)
  location: shard.location
  tags: tags
}

module network 'network.bicep' = if (privateNetwork) {
  params: {
    name: nameOf('vnet', shard.name, suffix)
    location: shard.location
    tags: tags
  }
}

module vault 'vault.bicep' = {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    workspaceId: workspaceId
    purgeProtection: purgeProtection
    principalId: identity.properties.principalId
    networkId: privateNetwork ? resourceId('Microsoft.Network/virtualNetworks', nameOf('vnet', shard.name, suffix)) : ''
    upstreamReady: upstreamReady
  }
  dependsOn: [network]
}

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = if (hasEnvironment) {
  name: nameOf('cae', shard.name, suffix)
  location: shard.location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: privateNetwork
      ? { infrastructureSubnetId: network!.outputs.nodesSubnetId, internal: false }
      : null
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

// no newer version than this preview can send whole groups of logs
#disable-next-line use-recent-api-versions
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (hasEnvironment) {
  name: 'workspace'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId

@description('The domain of the apps in the environment, or empty.')
output domain string = hasEnvironment ? environment!.properties.defaultDomain : ''
