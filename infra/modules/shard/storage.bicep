import { Place, Shard } from '../../types.bicep'
import { nameOf, plainName } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place

var services = ['blob', 'queue', 'table']
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: plainName('st', shard.name, suffix)
  location: shard.location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: empty(place.networkId) ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: empty(place.networkId) ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource package 'containers' = {
      name: 'app-package'
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    name: guid(storage.id, place.principalId, role.value)
    scope: storage
    properties: {
      principalId: place.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

module private 'endpoint.bicep' = [
  for service in services: if (!empty(place.networkId)) {
    params: {
      name: nameOf('pep-${service}', shard.name, suffix)
      location: shard.location
      tags: tags
      resourceId: storage.id
      groupId: service
      zone: 'privatelink.${service}.${environment().suffixes.storage}'
      networkId: place.networkId
      subnetId: place.privateSubnetId
    }
  }
]

output name string = storage.name
output resourceId string = storage.id
