import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param vaultName string
param storageName string
param insightsConnectionString string

@description('Whether there are other shards, whose keys the app has to know.')
param severalShards bool

@description('Serverless:Fleet:Description.')
param fleet string

@description('The origins of pages that negotiate from a browser.')
param allowedOrigins string[]

@description('More settings, by the names of environment variables.')
param settings object

var signalRConnection = '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=signalr-connection)'

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: nameOf('plan', shard.name, suffix)
  location: shard.location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: nameOf('func', shard.name, suffix)
  location: shard.location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${place.identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: place.identityId
    virtualNetworkSubnetId: empty(place.functionsSubnetId) ? null : place.functionsSubnetId
    siteConfig: {
      minTlsVersion: '1.2'
      cors: {
        allowedOrigins: allowedOrigins
        supportCredentials: !empty(allowedOrigins) && !contains(allowedOrigins, '*')
      }
    }
    functionAppConfig: {
      // exactly '10.0': with '10' it deploys and never starts
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageName}.blob.${environment().suffixes.storage}/app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: place.identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 100
        alwaysReady: [{ name: 'http', instanceCount: 1 }]
        triggers: { http: { perInstanceConcurrency: 100 } }
      }
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  // this is the whole set: what was set by hand is gone after it
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: place.clientId
        AzureWebJobsStorage__blobServiceUri: 'https://${storageName}.blob.${environment().suffixes.storage}'
        AzureWebJobsStorage__queueServiceUri: 'https://${storageName}.queue.${environment().suffixes.storage}'
        AzureWebJobsStorage__tableServiceUri: 'https://${storageName}.table.${environment().suffixes.storage}'
        APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${place.clientId};Authorization=AAD'
        AzureSignalRConnectionString: signalRConnection
        AzureSignalRServiceTransportType: 'Transient'
        Serverless__Log__Redis: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=redis-connection)'
        Serverless__Fleet__Shard: shard.name
        Serverless__Fleet__Description: fleet
      },
      // nodes read the streams in Redis; Azure SignalR is told by its REST API
      shard.delivery == 'azureSignalR' ? { Serverless__AzureSignalR__ConnectionString: signalRConnection } : {},
      severalShards
        ? { Serverless__Fleet__Keys: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=fleet-keys)' }
        : {},
      settings
    )
  }
}

output name string = app.name
output resourceId string = app.id
