// A vault that programs read by an identity and templates by getSecret.
@description('Of the vault.')
param name string
param location string
param tags object
param workspaceId string

@description('Whether it can be reached from the network of the shard alone. Templates read it all the same, as a trusted service.')
param privateNetwork bool

@description('Nobody can remove it for good before its 7 days are over, and its name is taken for so long. It can\'t be switched off again.')
param purgeProtection bool

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enabledForTemplateDeployment: true
    // false is refused: true, or nothing
    enablePurgeProtection: purgeProtection ? true : null
    softDeleteRetentionInDays: 7
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
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

output name string = vault.name
output resourceId string = vault.id
