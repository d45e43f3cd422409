param name string
param location string
param tags object

var delegation = [{ name: 'environments', properties: { serviceName: 'Microsoft.App/environments' } }]

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.40.0.0/16'] }
    subnets: [
      { name: 'functions', properties: { addressPrefix: '10.40.0.0/24', delegations: delegation } }
      { name: 'nodes', properties: { addressPrefix: '10.40.2.0/23', delegations: delegation } }
      { name: 'private', properties: { addressPrefix: '10.40.4.0/24' } }
      { name: 'cluster', properties: { addressPrefix: '10.40.8.0/22' } }
    ]
  }
}

output name string = network.name
output resourceId string = network.id
output nodesSubnetId string = '${network.id}/subnets/nodes'
