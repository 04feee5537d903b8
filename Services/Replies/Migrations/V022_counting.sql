-- Open legs by the edition of the calendar that counted them: a new edition finds those of older ones without a look at the rest.
-- Locks: writing to assignments waits while the index is made, about a second a million open legs.

CREATE INDEX assignments_counting ON assignments (calendar, suggestion) WHERE state IN ('issued', 'received');
