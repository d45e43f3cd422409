@description('The name of the azd environment.')
param environmentName string
param location string
param tags object

@minLength(8)
param suffix string

@description('Whether a shard has nodes, whose image needs a registry.')
param hasNodes bool

@description('Who runs azd: may push images. Empty: nobody.')
param operatorId string
param operatorType 'User' | 'ServicePrincipal' | 'Group'

var acrPush = '8311e382-0749-4cb8-b61a-304f252e45ec'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${environmentName}-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${environmentName}-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // the app's own exporter sends by the connection string alone, which allows writing and nothing else
    DisableLocalAuth: false
  }
}

// its address is public, and both pushing and pulling need an identity; a private one takes the Premium tier
resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = if (hasNodes) {
  name: 'cr${suffix}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

resource push 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasNodes && !empty(operatorId)) {
  name: guid(registry.id, operatorId, acrPush)
  scope: registry
  properties: {
    principalId: operatorId
    principalType: operatorType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPush)
  }
}

output workspaceId string = workspace.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
output registryName string = hasNodes ? registry.name : ''
output registryEndpoint string = hasNodes ? registry!.properties.loginServer : ''
