import { Place, Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param place Place
param vaultName string
param registryName string
param image string

@description('Where clients reach the nodes.')
param endpoint string

@description('Serverless:Fleet:Description.')
param fleet string

@description('A Prometheus that knows websocket_connections of the nodes. Empty: they scale by CPU alone.')
param prometheus string

@description('More settings, by the names of environment variables.')
param settings object

@description('Whether the app has its key.')
param upstreamReady bool

@secure()
@description('Where the node posts what clients do; empty before the app has its key.')
param upstreamUrl string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

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
      secrets: concat(
        [
          {
            name: 'redis'
            keyVaultUrl: '${vault.properties.vaultUri}secrets/redis-connection'
            identity: place.identityId
          }
          { name: 'key', keyVaultUrl: '${vault.properties.vaultUri}secrets/node-key', identity: place.identityId }
        ],
        upstreamReady ? [{ name: 'upstream', value: upstreamUrl }] : []
      )
    }
    template: {
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
              { name: 'Serverless__Admin__Urls', value: 'http://+:9090' }
            ],
            upstreamReady ? [{ name: 'Serverless__Upstream__Templates__0__UrlTemplate', secretRef: 'upstream' }] : [],
            map(items(settings), setting => { name: setting.key, value: string(setting.value) })
          )
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 2
              failureThreshold: 30
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
        minReplicas: shard.?units ?? 3
        maxReplicas: 50
        rules: concat(
          [{ name: 'cpu', custom: { type: 'cpu', metadata: { type: 'Utilization', value: '70' } } }],
          empty(prometheus)
            ? []
            : [
                {
                  name: 'connections'
                  custom: {
                    type: 'prometheus'
                    metadata: {
                      serverAddress: prometheus
                      query: 'sum(websocket_connections{shard="${shard.name}"})'
                      threshold: '8000'
                      ignoreNullValues: 'false'
                    }
                  }
                }
              ]
        )
      }
    }
  }
}

output name string = node.name
output resourceId string = node.id
