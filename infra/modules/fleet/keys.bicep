// Who negotiates may be sent to any shard, by a token that this shard takes: so each app and each node has the keys of all.
param vaultName string

@secure()
@description('shards: name and key of each; without a key it has nodes.')
param keys { shards: { name: string, key: string }[] }

@secure()
@description('The key of all nodes.')
param nodeKey string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource all 'secrets' = {
    name: 'fleet-keys'
    properties: {
      value: string(toObject(keys.shards, shard => shard.name, shard => empty(shard.key) ? nodeKey : shard.key))
      contentType: 'Serverless:Fleet:Keys'
    }
  }
}

output name string = vault::all.name
