@export()
@sealed()
@description('One shard: a Redis, a functions app, and what clients connect to, in one region and one resource group.')
type Shard = {
  @minLength(3)
  @maxLength(12)
  @description('Lower-case letters, digits and dashes. Resource names and the placing of rooms depend on it: it never changes.')
  name: string

  @description('The Azure region, as az account list-locations names it.')
  location: string

  @minValue(0)
  @maxValue(100)
  @description('Its part of the rooms, beside the weights of the others. 0: it runs, and gets none.')
  weight: int

  @description('draining: it gets no new clients. lost: it is left alone, nothing is deployed to it.')
  state: 'active' | 'draining' | 'lost'

  @description('What clients connect to: Azure SignalR, or the node.')
  delivery: 'azureSignalR' | 'node'

  @description('Where nodes run. Default: containerApps. With aks the manifests of infra/kubernetes start them.')
  host: 'containerApps' | 'aks'?

  @description('Where clients reach the shard, if not by the name that Azure gives: https, without a slash at the end. Needed with aks.')
  endpoint: string?

  @minValue(1)
  @maxValue(100)
  @description('Units of Azure SignalR (1 to 10, then steps of 10), or the least number of nodes. Default: 1, or 3 nodes.')
  units: int?

  @description('Default: Standard_S1. Premium scales by itself.')
  signalRSku: 'Free_F1' | 'Standard_S1' | 'Premium_P1'?

  @description('The size of Azure Managed Redis. Default: Balanced_B1.')
  redisSku:
    | 'Balanced_B0'
    | 'Balanced_B1'
    | 'Balanced_B3'
    | 'Balanced_B5'
    | 'Balanced_B10'
    | 'Balanced_B20'
    | 'Balanced_B50'
    | 'Balanced_B100'
    | 'MemoryOptimized_M10'
    | 'MemoryOptimized_M20'
    | 'MemoryOptimized_M50'
    | 'ComputeOptimized_X3'
    | 'ComputeOptimized_X5'
    | 'ComputeOptimized_X10'?
}

@export()
@sealed()
@description('A shard as programs see it: an entry of Serverless:Fleet:Description.')
type FleetEntry = {
  name: string
  region: string
  endpoint: string
  weight: int
  state: 'active' | 'draining' | 'lost'
}

@export()
@sealed()
@description('What the fleet shares, for the parts of a shard.')
type FleetParts = {
  @description('The Log Analytics workspace.')
  workspaceId: string

  @description('Of Application Insights.')
  insightsConnectionString: string

  @description('The registry of the node\'s image: its name, or empty when no shard has nodes.')
  registryName: string
}

@export()
@sealed()
@description('What the parts of a shard stand on: an identity, and networks.')
type Place = {
  identityId: string
  clientId: string
  principalId: string

  @description('The subnet of the functions app, or empty: no private network.')
  functionsSubnetId: string

  @description('The subnet of private endpoints, or empty: no private network.')
  privateSubnetId: string

  @description('The subnet of the cluster, or empty: no private network.')
  clusterSubnetId: string

  @description('The virtual network, or empty.')
  networkId: string
}
