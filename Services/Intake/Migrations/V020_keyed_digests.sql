-- What is kept of a request to know it again was a plain hash over the contact too: it goes. A request of before that is sent
-- again from now on is refused like another one under its key, and doubles nothing.
-- Locks: the rows of request_keys, a month's at most; a second a million.
UPDATE request_keys SET digest = '';
COMMENT ON COLUMN request_keys.digest IS 'HMAC of what was sent with it; empty once its item is erased';
