// Redis, Azure SignalR and the node are spoken to with keys as yet: they stand here, and programs read them by the shard's identity.
import { Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param workspaceId string
param purgeProtection bool

@description('Of the shard\'s identity.')
param principalId string

@description('The virtual network, or empty.')
param networkId string

@description('Whether the app has been deployed, and so has the key of its webhook.')
param upstreamReady bool

var name = nameOf('kv', shard.name, suffix)
var appName = nameOf('func', shard.name, suffix)
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

module made '../vault/main.bicep' = {
  params: {
    name: name
    location: shard.location
    tags: tags
    workspaceId: workspaceId
    privateNetwork: !empty(networkId)
    purgeProtection: purgeProtection
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: name

  // where Azure SignalR and the nodes post what clients do
  resource upstream 'secrets' = if (upstreamReady) {
    name: 'upstream-url'
    properties: {
      value: 'https://${appName}.azurewebsites.net/runtime/webhooks/signalr?code=${listKeys('${resourceId('Microsoft.Web/sites', appName)}/host/default', '2025-03-01').systemKeys.signalr_extension}'
      contentType: 'Serverless:Upstream:Templates:0:UrlTemplate'
    }
    dependsOn: [made]
  }
}

resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
  dependsOn: [made]
}

module private 'endpoint.bicep' = if (!empty(networkId)) {
  params: {
    name: nameOf('pep-vault', shard.name, suffix)
    location: shard.location
    tags: tags
    resourceId: vault.id
    groupId: 'vault'
    zone: 'privatelink.vaultcore.azure.net'
    networkId: networkId
    subnetId: '${networkId}/subnets/private'
  }
  dependsOn: [made]
}

output name string = name
