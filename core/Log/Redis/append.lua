-- Appends a batch to a stream, trims it, or only says how it stands: one step, decided at the master.
--
-- KEYS  1  the stream: entry id <offset of its last event>-0, fields e (epoch) and f (frame)
--       2  its side key, a hash: epochs ("name head name head …", oldest first), replid, head, trimmed, bytes (of frames held),
--          snapshot (the last offset that one has), and of the keys: kt (when the young generation began), kh (the head then), kd (up to this offset they are forgotten)
--       3  its idempotency keys, a sorted set by offset
-- ARGV  1  a random name, for an epoch that may have to begin
--       2  3  the highest position that the caller knows: epoch, offset
--       4  trim up to this offset; 0: don't; -1: nor begin a stream that isn't there
--       5  the frame to append; empty: don't append
--       6  the window of keys, ms       7  8  9  keep at most so many events, bytes, ms
--       10 …  the batch's keys: index, key, index, key, …
-- Answer: head, trimmed, epochs, 1 if there is more to trim, and (index, offset) of each known key; with any of those, nothing was appended. Nil for -1 and no stream.
local log, side, keys = KEYS[1], KEYS[2], KEYS[3]
local offered, trim_to, frame = ARGV[1], tonumber(ARGV[4]), ARGV[5]

local MAX_EPOCHS = 64
local MAX_TRIM = 256     -- entries a call: a lowered limit is reached over several, so that Redis never stands still for it
local CHUNK = 1000       -- what unpack can take is limited
local KEEP = '\255'      -- a member that is no UTF-8, so no key: while a slot moves, a script over a key that doesn't exist is refused

local function text(number) return string.format('%.0f', number) end
local function offset_of(id) return tonumber(string.match(id, '^%d+')) end
local function header(bytes) return struct.unpack('<I4', bytes, 5), struct.unpack('<i8', bytes, 9) end

local count, now = 0, 0
if frame ~= '' then
  count, now = header(frame)
end

-- What is there.
local stored = redis.call('HMGET', side, 'epochs', 'replid', 'head', 'trimmed', 'bytes', 'kt', 'kh', 'kd', 'snapshot')
local epochs, replid = stored[1], stored[2]
local side_head, trimmed, bytes = tonumber(stored[3] or 0), tonumber(stored[4] or 0), tonumber(stored[5] or 0)
local young_since, young_head, forgotten = tonumber(stored[6] or 0), tonumber(stored[7] or 0), tonumber(stored[8] or 0)
local snapshot = stored[9] and tonumber(stored[9])
local head, first = 0, false
local info = redis.pcall('XINFO', 'STREAM', log)
if info.err then
  if not string.find(info.err, 'no such key', 1, true) then return info end
else
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then head = offset_of(info[i + 1]) end
    if info[i] == 'first-entry' then first = info[i + 1] end
  end
end

if trim_to < 0 and info.err and not epochs then return false end

-- Whether an epoch must begin: this server may not have all that was acknowledged.
local budget, changed = MAX_TRIM, {}
local epoch = epochs and string.match(epochs, '(%S+) %d+$')
local here = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not here then return redis.error_reply("ERR this server's INFO names no master_replid, so a tail that it lost would be lost without a word") end
if not epoch or here ~= replid or head < side_head or (ARGV[2] == epoch and tonumber(ARGV[3]) > head) then
  if info.err then
    redis.call('XGROUP', 'CREATE', log, 'x', '0', 'MKSTREAM')
    redis.call('XGROUP', 'DESTROY', log, 'x')
    trimmed, bytes = 0, 0
  elseif not epoch and first then
    redis.call('XTRIM', log, 'MAXLEN', 0)    -- entries whose epochs nobody knows: no reader could go on from them
    trimmed, bytes, first = head, 0, false
  elseif not epoch then
    trimmed = head
  end
  redis.call('ZADD', keys, 0, KEEP)
  redis.call('ZREMRANGEBYSCORE', keys, '(' .. text(head), '+inf')
  trimmed, young_head, forgotten = math.min(trimmed, head), math.min(young_head, head), math.min(forgotten, head)
  epoch = offered
  epochs = (epochs and epochs .. ' ' or '') .. epoch .. ' ' .. text(head)
  local _, spaces = string.gsub(epochs, ' ', '')
  if (spaces + 1) / 2 > MAX_EPOCHS then
    epochs = string.gsub(epochs, '^%S+ %d+ ', '')
    local oldest = head                      -- each entry held has its epoch in the list
    for began in string.gmatch(epochs, '%S+ (%d+)') do oldest = math.min(oldest, tonumber(began)) end
    trim_to, budget = math.max(trim_to, oldest), math.huge
  end
  if snapshot and snapshot > head then         -- it has what is lost
    redis.call('HDEL', side, 'snapshot')
    snapshot = nil
  end
  changed = { 'epochs', epochs, 'replid', here, 'kh', text(young_head), 'kd', text(forgotten) }
end

-- Keys: two generations, a window each. The older one is forgotten at once, and removed bit by bit.
if count > 0 then
  local window = tonumber(ARGV[6])
  if now - young_since >= window then
    forgotten = now - young_since >= 2 * window and head or young_head
    young_since, young_head = now, head
    for _, value in ipairs({ 'kt', text(young_since), 'kh', text(young_head), 'kd', text(forgotten) }) do changed[#changed + 1] = value end
  end
  local stale = redis.call('ZCOUNT', keys, '(0', text(forgotten))
  if stale > 0 then
    redis.call('ZREMRANGEBYRANK', keys, 1, math.min(stale, 100 + #ARGV))
  end
end
local known = {}
for from = 10, #ARGV, 2 * CHUNK do
  local names = {}
  for i = from, math.min(from + 2 * CHUNK, #ARGV) - 1, 2 do names[#names + 1] = ARGV[i + 1] end
  for i, score in ipairs(redis.call('ZMSCORE', keys, unpack(names))) do
    if score and tonumber(score) > forgotten then
      known[#known + 1] = ARGV[from + 2 * (i - 1)]
      known[#known + 1] = score
    end
  end
end

-- Append.
local appended = count > 0 and #known == 0
if appended then
  local before = head
  head = head + count
  redis.call('XADD', log, text(head) .. '-0', 'e', epoch, 'f', frame)
  bytes = bytes + #frame
  for from = 10, #ARGV, 2 * CHUNK do
    local scored = {}
    for i = from, math.min(from + 2 * CHUNK, #ARGV) - 1, 2 do
      scored[#scored + 1] = before + ARGV[i] + 1
      scored[#scored + 1] = ARGV[i + 1]
    end
    redis.call('ZADD', keys, unpack(scored))
  end
end

-- Trim, from the oldest; what retention drops is never the newest entry, and what no snapshot has only beyond twice its limits.
local max_events, max_bytes, max_age = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local page, at, cut = first and { first } or {}, 1, false
local more = 0
while page[at] do
  local offset, held = offset_of(page[at][1]), page[at][2][4]
  local _, time = header(held)
  local width = snapshot and offset > snapshot and 2 or 1
  local drops = appended and offset < head
    and ((head - trimmed) / width > max_events or bytes / width > max_bytes or (now - time) / width > max_age)
  if offset > trim_to and not drops then break end
  if budget == 0 then more = 1 break end
  budget, bytes, trimmed, cut, at = budget - 1, bytes - #held, offset, offset, at + 1
  if not page[at] then
    page, at = redis.call('XRANGE', log, text(cut + 1), '+', 'COUNT', budget > MAX_TRIM - 2 and 1 or 16), 1
  end
end
if cut then redis.call('XTRIM', log, 'MINID', '=', text(cut + 1)) end

if appended or cut or #changed > 0 then
  redis.call('HSET', side, 'head', text(head), 'trimmed', text(trimmed), 'bytes', text(bytes), unpack(changed))
end
return { text(head), text(trimmed), epochs, more, known }
