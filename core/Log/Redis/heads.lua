-- How streams stand.
--
-- KEYS  the side key and the stream of each
-- Answer: head, its tag and trimmed of each.
at_the_master(KEYS[1])
local answer = {}
for i = 1, #KEYS, 2 do
  local head, tag, trimmed = state(KEYS[i], KEYS[i + 1])
  for _, value in ipairs({ text(head), tag, text(trimmed) }) do answer[#answer + 1] = value end
end
return answer
