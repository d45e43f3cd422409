-- Reads a stream: its state, and the entries that end behind an offset.
--
-- KEYS  1  the side key     2  the stream
-- ARGV  1  the offset       2  stop with the entry that passes so many bytes
-- Answer: head, its tag, trimmed, entries.
at_the_master(KEYS[1])
local head, tag, trimmed = state(KEYS[1], KEYS[2])
local entries, bytes, offset, limit = {}, 0, tonumber(ARGV[1]), tonumber(ARGV[2])
while offset < head and bytes < limit do
  -- as many as those before let expect, so that no more is copied than is wanted
  local count = #entries == 0 and 1 or math.max(1, math.min(16, math.floor((limit - bytes) * #entries / bytes)))
  local page = after(KEYS[2], offset, count)
  for _, entry in ipairs(page) do
    if bytes >= limit then break end
    entries[#entries + 1], bytes, offset = entry, bytes + #frame_of(entry), offset_of(entry)
  end
  if #page < count then break end
end
return { text(head), tag, text(trimmed), entries }
