-- What the scripts about streams share; it stands before each of them.
-- A stream is a Redis stream, entry id <offset of its last event>-0, fields t (tag), p (the tag of the entry before it) and f (frame), and a hash beside it, its side key:
-- head, tag (of the last entry), trimmed, bytes (of frames held), oldest and since (the oldest entry's offset and time), snapshot (the last offset that one has), and of the
-- idempotency keys: kt (when the young generation began), kh (the head then), kd (up to this offset they are forgotten).
local NO_TAG = '0000000000000000'

local function text(number) return string.format('%.0f', number) end
local function offset_of(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function frame_of(entry) return entry[2][6] or '' end
-- Count and time; of something else than a frame, 1 and 0: nothing may fail once a script has written.
local function header(frame)
  if #frame < 16 then return 1, 0 end
  return struct.unpack('<I4', frame, 5), struct.unpack('<i8', frame, 9)
end
local function before(entry) return offset_of(entry) - header(frame_of(entry)) end
local function after(log, offset, count) return redis.call('XRANGE', log, text(offset + 1), '+', 'COUNT', count) end

-- A replica's answer decides nothing, and this is refused there. Not before something is added: it would let that past maxmemory.
local function at_the_master(side) redis.call('HDEL', side, '') end

-- Head, tag and trimmed: from the side key, or from what is held when that is gone.
local function state(side, log)
  local stored = redis.call('HMGET', side, 'head', 'tag', 'trimmed')
  local head = tonumber(stored[1])
  if head and redis.call('XLEN', log) > 0 then return head, stored[2], tonumber(stored[3]) end
  if head then return head, stored[2], head end
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if not newest then return 0, NO_TAG, 0 end
  return offset_of(newest), newest[2][2], before(after(log, 0, 1)[1])
end

-- Why a reader can't go on from a position; nil when it can.
local function reset(log, offset, tag, head, head_tag)
  local entry = after(log, offset, 1)[1]
  if not entry then
    if offset == head and tag == head_tag then return nil end
    return offset < head and 'trimmed' or 'lost'
  end
  local first = before(entry) + 1
  if first > offset + 1 then return 'trimmed' end
  if first <= offset then return entry[2][2] ~= tag and 'lost' or nil end
  return entry[2][4] ~= tag and 'lost' or nil
end
