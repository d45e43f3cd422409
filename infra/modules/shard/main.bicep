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
param allowedOrigins string[]
param prometheus string
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
var appName = nameOf('func', shard.name, suffix)
var inCluster = (shard.?host ?? 'containerApps') == 'aks'

module vault 'vault.bicep' = {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    workspaceId: parts.workspaceId
  }
}

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
  dependsOn: [vault]
}

module signalR 'signalr.bicep' = if (shard.delivery == 'azureSignalR') {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    workspaceId: parts.workspaceId
    vaultName: vaultName
    upstreamUrl: upstreamReady
      ? 'https://${appName}.azurewebsites.net/runtime/webhooks/signalr?code=${listKeys('${resourceId('Microsoft.Web/sites', appName)}/host/default', '2025-03-01').systemKeys.signalr_extension}'
      : ''
  }
  dependsOn: [vault]
}

resource keys 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

module nodeConnection 'secret.bicep' = if (shard.delivery == 'node') {
  params: {
    vaultName: vaultName
    endpoint: endpoint
    key: keys.getSecret('node-key')
  }
  dependsOn: [vault]
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
    fleet: fleet
    allowedOrigins: allowedOrigins
    settings: settings
  }
  dependsOn: [vault, storage, redis, signalR, nodeConnection]
}

module node 'node.bicep' = if (shard.delivery == 'node' && !inCluster && !empty(nodeImage)) {
  params: {
    shard: shard
    suffix: suffix
    tags: tags
    place: place
    vaultName: vaultName
    registryName: parts.registryName
    image: nodeImage
    endpoint: endpoint
    fleet: fleet
    prometheus: prometheus
    settings: settings
    upstreamReady: upstreamReady
    upstreamUrl: upstreamReady
      ? 'https://${appName}.azurewebsites.net/runtime/webhooks/signalr?code=${listKeys('${resourceId('Microsoft.Web/sites', appName)}/host/default', '2025-03-01').systemKeys.signalr_extension}'
      : ''
  }
  dependsOn: [vault, redis]
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
