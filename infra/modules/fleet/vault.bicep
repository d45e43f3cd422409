// Keys that shards share stand here, and each shard's vault has a copy: no program reads this one.
param name string
param location string
param tags object
param workspaceId string
param privateNetwork bool
param purgeProtection bool

@secure()
@description('Random. Counts at the first deployment only: the key that is there stays.')
param nodeKey string = '${newGuid()}${newGuid()}'

module made '../vault/main.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    workspaceId: workspaceId
    privateNetwork: privateNetwork
    purgeProtection: purgeProtection
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: name

  // all nodes of the fleet sign and check with it: a token for one shard is good at each
  @onlyIfNotExists()
  resource key 'secrets' = {
    name: 'node-key'
    properties: { value: nodeKey, contentType: 'Serverless:Keys:Primary' }
    dependsOn: [made]
  }
}

output name string = name
