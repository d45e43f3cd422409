-- How streams stand.
--
-- KEYS  the side key and the stream of each
-- Answer: head, its tag and trimmed of each; -1 for one that something else than the scripts has written to.
at_the_master(KEYS[1])
local answer = {}
for i = 1, #KEYS, 2 do
  local known, head, tag, trimmed = pcall(state, KEYS[i], KEYS[i + 1])
  for _, value in ipairs(known and { text(head), tag, text(trimmed) } or { '-1', NO_TAG, '0' }) do answer[#answer + 1] = value end
end
return answer
