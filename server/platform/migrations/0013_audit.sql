-- The event log is the audit log: who made it happen and from where, only ever added to, and each line sealed by its hash to
-- all lines before it, so that not even whoever owns the database can change one without a trace.

alter table events
  -- core/cause.ts. Null in what was written before this was known.
  add column actor json,
  add column origin json,
  -- When an erasure took personal data out of `data` and `origin`. Their hash stays as it was.
  add column redacted_at timestamptz,
  add column content_hash bytea,
  add column hash bytea;

-- What an erasure may take, as it was written.
create function event_content_hash(e events) returns bytea language sql stable parallel safe
  return sha256(convert_to(coalesce(e.origin::text, '') || E'\n' || e.data::text, 'UTF8'));

-- SHA-256 of a JSON array: anybody can compute it without this database.
create function event_hash(previous bytea, e events) returns bytea language sql stable parallel safe
  return sha256(convert_to(json_build_array(encode(previous, 'hex'), e.workspace_id, e.seq, extract(epoch from e.at),
    e.type, e.call_id, e.queue_id, e.agent_id, e.actor, encode(e.content_hash, 'hex'))::text, 'UTF8'));

-- What is there already is sealed as it is found. Even its owner does not see the rows of a table with forced row security.
alter table events no force row level security;
do $$
declare
  e events;
  previous bytea;
begin
  for e in select * from events order by workspace_id, seq loop
    if e.seq = 1 then previous := ''; end if;
    e.content_hash := event_content_hash(e);
    previous := event_hash(previous, e);
    update events set content_hash = e.content_hash, hash = previous where workspace_id = e.workspace_id and seq = e.seq;
  end loop;
end $$;
alter table events force row level security;
alter table events alter column content_hash set not null, alter column hash set not null;

create function seal_event() returns trigger language plpgsql as $$
declare
  previous bytea := '';
begin
  if new.seq > 1 then
    -- The lines of the same statement are seen too, in their order.
    select e.hash into previous from events e where e.workspace_id = new.workspace_id and e.seq = new.seq - 1;
    if previous is null then
      raise exception 'event % has no event before it', new.seq using errcode = 'integrity_constraint_violation';
    end if;
  end if;
  new.content_hash := event_content_hash(new);
  new.hash := event_hash(previous, new);
  return new;
end $$;
create trigger seal_event before insert on events for each row execute function seal_event();

-- Holds for everybody, the owner and superusers included, until they take the trigger itself away. Erasure sets
-- `ringside.redacting` to `on` for its transaction, and may take content but nothing else.
create function keep_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('ringside.redacting', true) = 'on'
    and (new.workspace_id, new.seq, new.at, new.type, new.call_id, new.queue_id, new.agent_id, new.actor::text,
      new.content_hash, new.hash)
    is not distinct from (old.workspace_id, old.seq, old.at, old.type, old.call_id, old.queue_id, old.agent_id,
      old.actor::text, old.content_hash, old.hash)
  then
    new.redacted_at := coalesce(new.redacted_at, now());
    return new;
  end if;
  raise exception 'the event log is only ever added to' using errcode = 'insufficient_privilege';
end $$;
create trigger keep_event before update or delete on events for each row execute function keep_event();
create trigger keep_events before truncate on events for each statement execute function keep_event();
