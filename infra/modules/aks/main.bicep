// The cluster for a shard whose nodes run in Kubernetes; infra/kubernetes has what runs in it.
import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param workspaceId string

@description('Who may operate the cluster. Empty: nobody but the owners of the group.')
param operatorId string
param operatorType 'User' | 'ServicePrincipal' | 'Group'

var networkContributor = '4d97b98b-1d4f-4787-a291-c67834d212e7'
var roles = [
  '4abbcc35-e782-43d8-92c5-2d3f1bd2253f' // AKS Cluster User
  'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b' // RBAC Cluster Admin
]

// with a subnet of its own the cluster makes balancers there by this identity; only the command line would give it the right by itself
resource controller 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: nameOf('id-aks', shard.name, suffix)
  location: shard.location
  tags: tags
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = if (!empty(place.networkId)) {
  name: nameOf('vnet', shard.name, suffix)

  resource subnet 'subnets' existing = {
    name: 'cluster'
  }
}

resource networkRight 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(place.networkId)) {
  name: guid(network::subnet.id, controller.id, networkContributor)
  scope: network::subnet
  properties: {
    principalId: controller.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

resource cluster 'Microsoft.ContainerService/managedClusters@2025-10-01' = {
  name: nameOf('aks', shard.name, suffix)
  location: shard.location
  tags: tags
  sku: { name: 'Base', tier: 'Standard' }
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${controller.id}': {} } }
  properties: {
    dnsPrefix: nameOf('aks', shard.name, suffix)
    disableLocalAccounts: true
    aadProfile: { managed: true, enableAzureRBAC: true }
    oidcIssuerProfile: { enabled: true }
    securityProfile: { workloadIdentity: { enabled: true } }
    workloadAutoScalerProfile: { keda: { enabled: true } }
    azureMonitorProfile: { metrics: { enabled: true } }
    addonProfiles: { azureKeyvaultSecretsProvider: { enabled: true, config: { enableSecretRotation: 'true' } } }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
    }
    autoUpgradeProfile: { upgradeChannel: 'patch', nodeOSUpgradeChannel: 'NodeImage' }
    agentPoolProfiles: [
      {
        name: 'system'
        mode: 'System'
        vmSize: 'Standard_D4s_v5'
        enableAutoScaling: true
        count: 3
        minCount: 3
        maxCount: 50
        availabilityZones: ['1', '2', '3']
        vnetSubnetID: empty(place.clusterSubnetId) ? null : place.clusterSubnetId
      }
    ]
  }
  dependsOn: [networkRight]
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: nameOf('id', shard.name, suffix)

  // pods of the namespace read the vault as the shard
  resource pods 'federatedIdentityCredentials' = {
    name: 'nodes'
    properties: {
      issuer: cluster.properties.oidcIssuerProfile!.issuerURL!
      subject: 'system:serviceaccount:serverless:default'
      audiences: ['api://AzureADTokenExchange']
    }
  }
}

resource operators 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: if (!empty(operatorId)) {
    name: guid(cluster.id, operatorId, role)
    scope: cluster
    properties: {
      principalId: operatorId
      principalType: operatorType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// no newer version than this preview can send whole groups of logs
#disable-next-line use-recent-api-versions
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: cluster
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'kube-audit-admin', enabled: true }]
  }
}

output name string = cluster.name
output resourceId string = cluster.id

@description('Pulls the image.')
output kubeletPrincipalId string = cluster.properties.identityProfile.kubeletidentity.objectId
