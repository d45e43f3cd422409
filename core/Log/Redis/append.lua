-- Appends a batch to a stream and trims it: one step, decided at the master.
--
-- KEYS  1  the side key     2  the stream     3  its idempotency keys, a sorted set by offset
-- ARGV  1  a new tag        2  3  the last position that the caller was acknowledged: offset (0: none), tag
--       4  trim up to this offset             5  the frame to append; empty: don't append
--       6  the window of keys, ms             7  8  9  keep at most so many events, bytes, ms
--       10 the batch's keys, packed: (index u32, length u32, key)*
-- Answer: head, its tag, 1 if there is more to trim, 1 if the caller's position is lost, and (index, offset, tag) of each known key; with any of those, nothing was appended.
local side, log, keys = KEYS[1], KEYS[2], KEYS[3]
local new_tag, trim_to, frame = ARGV[1], tonumber(ARGV[4]), ARGV[5]

local MAX_TRIM = 256     -- entries a call: a lowered limit is reached over several, so that Redis never stands still for it
local CHUNK = 1000       -- what unpack can take is limited
local KEEP = '\255'      -- a member that is no UTF-8, so no key: while a slot moves, a script over a key that doesn't exist is refused

local count, now = 0, 0
if frame == '' then at_the_master(side) else count, now = header(frame) end

-- What is there.
local stored = redis.call('HMGET', side, 'head', 'tag', 'trimmed', 'bytes', 'oldest', 'since', 'kt', 'kh', 'kd', 'snapshot')
local function number(i) return tonumber(stored[i] or 0) end
local head, tag, trimmed, bytes, oldest, since = tonumber(stored[1]), stored[2], number(3), number(4), number(5), number(6)
local young_since, young_head, forgotten, snapshot = number(7), number(8), number(9), tonumber(stored[10])
local changed = {}
local function set(field, value) changed[#changed + 1] = field; changed[#changed + 1] = value end

if not head then
  -- the side key is new, or gone: what it said is in the entries
  head, tag, trimmed = state(side, log)
  if head == 0 and count == 0 then return { '0', NO_TAG, 0, 0, {} } end
  redis.call('ZADD', keys, 0, KEEP)
  redis.call('ZREMRANGEBYSCORE', keys, '(' .. text(head), '+inf')
  local at, time = trimmed, now
  while at < head do
    for _, entry in ipairs(after(log, at, 16)) do
      _, time = header(frame_of(entry))
      if at == trimmed then oldest, since = offset_of(entry), time end
      bytes, at = bytes + #frame_of(entry), offset_of(entry)
    end
  end
  young_since, young_head = math.max(now, time), head
  set('kt', text(young_since))
  set('kh', text(young_head))
elseif redis.call('XLEN', log) == 0 then
  -- the entries are gone
  trimmed, bytes, oldest = head, 0, head
end

local known, lost = {}, 0
local acknowledged = tonumber(ARGV[2])
if acknowledged > 0 and (acknowledged ~= head or ARGV[3] ~= tag) and reset(log, acknowledged, ARGV[3], head, tag) == 'lost' then lost = 1 end

-- Keys: two generations, a window each. The older one is forgotten at once, and removed bit by bit, after the append: a write before it would let that past maxmemory.
local indexes, names = {}, {}
if count > 0 then
  local packed, at = ARGV[10], 1
  while at <= #packed do
    indexes[#indexes + 1], names[#names + 1], at = struct.unpack('<I4I4c0', packed, at)
  end
  local window = tonumber(ARGV[6])
  if now - young_since >= window then
    forgotten = now - young_since >= 2 * window and head or young_head
    young_since, young_head = now, head
    set('kt', text(young_since))
    set('kh', text(young_head))
    set('kd', text(forgotten))
  end
end
local first, last, of = 1, 0, NO_TAG     -- the entry that was looked at for the key before
for from = 1, #names, CHUNK do
  for i, score in ipairs(redis.call('ZMSCORE', keys, unpack(names, from, math.min(from + CHUNK - 1, #names)))) do
    local offset = score and tonumber(score) or 0
    if offset > forgotten then
      if offset < first or offset > last then
        first, last, of = offset, offset, NO_TAG
        local entry = offset > trimmed and after(log, offset - 1, 1)[1]
        if entry then first, last, of = before(entry) + 1, offset_of(entry), entry[2][2] end
      end
      for _, value in ipairs({ indexes[from + i - 1], text(offset), of }) do known[#known + 1] = value end
    end
  end
end

-- Append.
local appended = count > 0 and #known == 0
if appended then
  local start = head
  head = head + count
  redis.call('XADD', log, text(head) .. '-0', 't', new_tag, 'p', tag, 'f', frame)
  tag, bytes = new_tag, bytes + #frame
  if trimmed == start then oldest, since = head, now end
  for from = 1, #names, CHUNK do
    local scored = { 0, KEEP }
    for i = from, math.min(from + CHUNK - 1, #names) do
      scored[#scored + 1] = text(start + indexes[i] + 1)
      scored[#scored + 1] = names[i]
    end
    redis.call('ZADD', keys, unpack(scored))
  end
elseif count > 0 then
  at_the_master(side)
end
local stale = count > 0 and redis.call('ZCOUNT', keys, '(0', text(forgotten)) or 0
if stale > 0 then redis.call('ZREMRANGEBYRANK', keys, 1, math.min(stale, 100 + 2 * #names)) end

-- Trim, from the oldest: never the newest entry, and what no snapshot has only beyond twice retention's limits.
local max_events, max_bytes, max_age = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local function drops()
  if oldest >= head then return false end
  local width = snapshot and oldest > snapshot and 2 or 1
  return oldest <= trim_to or appended and ((head - trimmed) / width > max_events or bytes / width > max_bytes or (now - since) / width > max_age)
end
local page, at, budget, cut = {}, 1, MAX_TRIM, false
local function oldest_held()
  if not page[at] then page, at = after(log, trimmed, cut and 16 or 2), 1 end
  return page[at]
end
while drops() and budget > 0 do
  bytes, trimmed, budget = bytes - #frame_of(oldest_held()), oldest, budget - 1
  cut, at = true, at + 1
  local _, time = header(frame_of(oldest_held()))
  oldest, since = offset_of(page[at]), time
end
if cut then redis.call('XTRIM', log, 'MINID', '=', text(trimmed + 1)) end

if appended or cut or #changed > 0 then
  redis.call('HSET', side, 'head', text(head), 'tag', tag, 'trimmed', text(trimmed), 'bytes', text(bytes), 'oldest', text(oldest),
    'since', text(since), unpack(changed))
end
return { text(head), tag, drops() and 1 or 0, lost, known }
