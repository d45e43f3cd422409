// Redis, Azure SignalR and the node are spoken to with keys as yet: they stand here, and programs read them by the shard's identity.
import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param workspaceId string

@secure()
@description('Random. Counts at the first deployment only: the key that is there stays.')
param nodeKey string = '${newGuid()}${newGuid()}'

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: nameOf('kv', shard.name, suffix)
  location: shard.location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enabledForTemplateDeployment: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: empty(place.networkId) ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: empty(place.networkId) ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }

  @onlyIfNotExists()
  resource key 'secrets' = if (shard.delivery == 'node') {
    name: 'node-key'
    properties: {
      value: nodeKey
      contentType: 'Serverless:Keys:Primary'
    }
  }
}

resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, place.principalId, secretsUser)
  scope: vault
  properties: {
    principalId: place.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

// no newer version than this preview can send whole groups of logs
#disable-next-line use-recent-api-versions
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

module private 'endpoint.bicep' = if (!empty(place.networkId)) {
  params: {
    name: nameOf('pep-vault', shard.name, suffix)
    location: shard.location
    tags: tags
    resourceId: vault.id
    groupId: 'vault'
    zone: 'privatelink.vaultcore.azure.net'
    networkId: place.networkId
    subnetId: place.privateSubnetId
  }
}

output name string = vault.name
output resourceId string = vault.id
