// The connection string of a shard's nodes, made of their key.
param vaultName string

@description('Where clients connect.')
param endpoint string

@secure()
param key string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource connection 'secrets' = {
    name: 'signalr-connection'
    properties: {
      value: 'Endpoint=${endpoint};AccessKey=${key};Version=1.0;'
      contentType: 'AzureSignalRConnectionString'
    }
  }
}

output name string = vault::connection.name
