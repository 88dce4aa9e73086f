-- What the customer of a call between two pages has to know before it is recorded, and what came of it
-- (core/voipConsent.ts); null: it is not recorded.
alter table voip_calls add column consent jsonb;
