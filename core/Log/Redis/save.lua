-- Keeps a snapshot, or a reader's checkpoint, if its position is on the chain.
--
-- KEYS  1  the side key     2  the stream     3  the hash to keep it in
-- ARGV  1  2  the position: offset, tag       3  a reader: its checkpoint; empty: a snapshot     4  what to keep
-- Answer: 0 it is kept, 1 a later snapshot is kept, 2 the position isn't on the chain.
local side, log, kept = KEYS[1], KEYS[2], KEYS[3]
local offset, tag, reader = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local head, head_tag = state(side, log)
local function is_on_chain(at, its_tag) return not reset(log, at, its_tag, head, head_tag) end

if not is_on_chain(offset, tag) then
  at_the_master(side)
  return 2
end
if reader ~= '' then
  redis.call('HSET', kept, reader, ARGV[4])
  return 0
end
local there = redis.call('HMGET', kept, 'offset', 'tag')
if there[1] and tonumber(there[1]) >= offset and is_on_chain(tonumber(there[1]), there[2]) then
  at_the_master(side)
  return 1
end
redis.call('HSET', kept, 'offset', ARGV[1], 'tag', tag, 'state', ARGV[4])
redis.call('HSET', side, 'snapshot', ARGV[1])
return 0
