// Rendezvous hashing as core/Sharding/Rendezvous.cs describes it, written anew: makes the vectors (--make) or compares them.
import { readFileSync, writeFileSync } from 'node:fs';

const mask = (1n << 64n) - 1n;

function hash(name, key) {
  let h = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat([Buffer.from(name), Buffer.from([0]), Buffer.from(key)])) {
    h = ((h ^ BigInt(byte)) * 0x100000001b3n) & mask;
  }
  h = ((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn) & mask;
  h = ((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n) & mask;
  return h ^ (h >> 33n);
}

const score = (name, weight, key) => -weight / Math.log((Number(hash(name, key) >> 11n) + 0.5) / 2 ** 53);

function choose(shards, key) {
  let best = null;
  for (const { name, weight } of shards.filter(shard => shard.weight > 0)) {
    const points = score(name, weight, key);
    if (best === null || points > best.points || (points === best.points && name < best.name)) {
      best = { name, points };
    }
  }
  return best?.name ?? null;
}

const [file, make] = process.argv.slice(2);
if (make === '--make') {
  const fleets = [
    [{ name: 'us-east', weight: 1 }, { name: 'eu-west', weight: 1 }, { name: 'ap-south', weight: 1 }],
    [{ name: 'us-east', weight: 3 }, { name: 'eu-west', weight: 1 }, { name: 'ap-south', weight: 0.5 }],
    [{ name: '0', weight: 1 }, { name: '1', weight: 1 }, { name: '2', weight: 1 }, { name: '3', weight: 1 }],
    [{ name: 'a', weight: 0 }, { name: 'b', weight: 2 }],
    [{ name: 'a', weight: 0 }],
  ];
  const keys = ['', 'a', 'lobby', 'design-42', 'tenant/7', 'Größe', '文書', '🚀 launch', 'x'.repeat(300), ...Array.from({ length: 11 }, (_, i) => `room-${i}`)];
  const vectors = {
    source: 'tests/Clients/rendezvous.mjs --make: an implementation of its own, in JavaScript',
    vectors: [
      ...[['us-east', 'lobby'], ['eu-west', 'lobby'], ['0', ''], ['', ''], ['ap-south', '文書']].map(([shard, key], i) => (
        { name: `hash ${i}`, shard, key, hash: hash(shard, key).toString(16).padStart(16, '0') })),
      ...fleets.map((shards, i) => ({ name: `fleet ${i}`, shards, chosen: keys.map(key => ({ key, shard: choose(shards, key) })) })),
    ],
  };
  writeFileSync(file, JSON.stringify(vectors, null, 1) + '\n');
} else {
  const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
  const compared = vectors.flatMap(({ shard, key, hash: digits, shards, chosen }) => (digits !== undefined
    ? [{ shard, key, isRight: hash(shard, key) === BigInt(`0x${digits}`) }]
    : chosen.map(({ key, shard }) => ({ shard, key, isRight: choose(shards, key) === shard }))));
  console.log(JSON.stringify({ compared: compared.length, wrong: compared.filter(({ isRight }) => !isRight) }));
}
