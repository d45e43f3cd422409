import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param registryName string
param image string

@description('Where clients reach the nodes.')
param endpoint string

@description('Serverless:Fleet:Description.')
param fleet string

@description('More settings, by the names of environment variables.')
param settings object

@secure()
param redisConnection string

@secure()
param nodeKey string

@description('Whether the app has its key.')
param upstreamReady bool

@secure()
@description('Where the node posts what clients do; not used before the app has its key.')
param upstreamUrl string

@description('Whether there are other shards, whose keys the node has to know.')
param severalShards bool

@secure()
param fleetKeys string

var units = shard.?units ?? 3

resource node 'Microsoft.App/containerApps@2025-07-01' = {
  name: nameOf('ca', shard.name, suffix)
  location: shard.location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${place.identityId}': {} }
  }
  properties: {
    environmentId: resourceId('Microsoft.App/managedEnvironments', nameOf('cae', shard.name, suffix))
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: 8080
        transport: 'auto'
        allowInsecure: false
        stickySessions: { affinity: 'sticky' }
      }
      registries: [{ server: '${registryName}${environment().suffixes.acrLoginServer}', identity: place.identityId }]
      // values, and not references to the vault: at each new version there, and each deployment writes one, all replicas would be ended
      secrets: concat(
        [
          { name: 'redis', value: redisConnection }
          { name: 'key', value: nodeKey }
        ],
        upstreamReady ? [{ name: 'upstream', value: upstreamUrl }] : [],
        severalShards ? [{ name: 'fleet-keys', value: fleetKeys }] : []
      )
    }
    template: {
      // the most that is allowed
      terminationGracePeriodSeconds: 600
      containers: [
        {
          name: 'node'
          image: image
          resources: { cpu: json('2'), memory: '4Gi' }
          env: concat(
            [
              { name: 'Serverless__Log__Redis', secretRef: 'redis' }
              { name: 'Serverless__Keys__Primary', secretRef: 'key' }
              { name: 'Serverless__Node__PublicEndpoint', value: endpoint }
              { name: 'Serverless__Fleet__Shard', value: shard.name }
              { name: 'Serverless__Fleet__Description', value: fleet }
              // 30 s of the grace are left to end in
              { name: 'Serverless__Drain__StopTimeout', value: '00:09:30' }
            ],
            severalShards ? [{ name: 'Serverless__Fleet__Keys', secretRef: 'fleet-keys' }] : [],
            upstreamReady ? [{ name: 'Serverless__Upstream__Templates__0__UrlTemplate', secretRef: 'upstream' }] : [],
            map(items(settings), setting => { name: setting.key, value: string(setting.value) })
          )
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 8080 }
              // at most 10 failures are allowed here
              periodSeconds: 6
              failureThreshold: 10
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 10
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: { path: '/health/ready', port: 8080 }
              periodSeconds: 5
              failureThreshold: 2
            }
          ]
        }
      ]
      // not by HTTP requests: open WebSockets aren't counted as such, and a silent app would be scaled in
      scale: {
        minReplicas: units
        maxReplicas: max(50, units)
        rules: [{ name: 'cpu', custom: { type: 'cpu', metadata: { type: 'Utilization', value: '70' } } }]
      }
    }
  }
}

output name string = node.name
output resourceId string = node.id
