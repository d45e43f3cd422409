-- Holds or releases a lease.
--
-- KEYS  1  the lease        ARGV  1  its owner     2  for how long, ms; 0: release it
-- Answer: 1 if the owner holds it, or held it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif holder then
  redis.call('DEL', KEYS[1])
end
return 1
