-- Consent, retention, masking and erasure: what callers are told before they are recorded, how long what was recorded is
-- kept, who reads what was said, and how everything about one number goes.

-- What the customer was told or asked about being recorded, and what it said (core/consent.ts).
alter table calls add column consent jsonb;

create table compliance_settings (
  workspace_id uuid primary key references workspaces on delete cascade,
  recording_enabled boolean not null default true,
  transcription_enabled boolean not null default true,
  -- What differs from the usual: core/consent.ts and core/masking.ts.
  consent jsonb not null default '{}',
  masking jsonb not null default '{}',
  -- How long recordings are kept, and those of some queues, by id.
  retention_days smallint not null default 365 check (retention_days between 30 and 365),
  retention_by_queue jsonb not null default '{}',
  -- When somebody looks next which recordings are too old; whoever does has moved it on.
  retention_due timestamptz not null default now()
);
create index compliance_settings_due on compliance_settings (retention_due);
-- Even its owner does not see the rows of a table with forced row security.
alter table workspaces no force row level security;
insert into compliance_settings (workspace_id) select id from workspaces;
alter table workspaces force row level security;
create function found_compliance() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  insert into compliance_settings (workspace_id) values (new.id);
  return null;
end $$;

-- What was said, without what identifies people: what everybody reads. `masked_with`: by which options (core/masking.ts).
alter table recordings
  add column transcript_masked text,
  add column masked_with text;
alter table voicemails add column transcript_masked text;
create index recordings_transcribed on recordings (workspace_id, id) where transcript is not null;

-- Recordings that nobody can hear or read any more: their rows, and with them the keys of their audio, are gone, and the
-- audio itself is removed from wherever it lies. They stay known by their id, so that a late report brings none back.
create table recording_deletions (
  workspace_id uuid not null references workspaces on delete cascade,
  id text not null,
  call_id uuid not null,
  provider text not null,
  -- Where the audio is: with the provider, in the store, in a file of ours.
  url text,
  store_key text,
  reason text not null check (reason in ('retention', 'request', 'erasure', 'no-consent')),
  -- When somebody looks next; null: it is gone everywhere.
  due_at timestamptz,
  attempts smallint not null default 0,
  -- Why it is not gone yet, in words.
  problem text,
  deleted_at timestamptz not null,
  primary key (workspace_id, id)
);
create index recording_deletions_due on recording_deletions (due_at) where due_at is not null;

do $$
declare
  table_name text;
begin
  foreach table_name in array array['compliance_settings', 'recording_deletions'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;

-- Where something is due: no more is seen across workspaces. A workspace is founded with its settings.
create policy platform on compliance_settings to ringside_system using (true) with check (true);
grant select (workspace_id, retention_due), insert (workspace_id) on compliance_settings to ringside_system;
create policy platform on recording_deletions for select to ringside_system using (true);
grant select (workspace_id, due_at) on recording_deletions to ringside_system;
grant create on schema public to ringside_system; -- only to take this over
alter function found_compliance owner to ringside_system;
revoke create on schema public from ringside_system;
create trigger workspaces_compliance after insert on workspaces for each row execute function found_compliance();

-- Takes personal data out of events of the current workspace: by sequence number, what is to stand there instead. What
-- happened, in which order and to which call stays, and so do its number and its seal.
create function redact_events(numbers bigint[], contents text[]) returns void language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  workspace constant uuid := current_workspace();
begin
  perform set_config('ringside.redacting', 'on', true);
  update events e set data = n.content::json
  from unnest(numbers, contents) as n(seq, content)
  where e.workspace_id = workspace and e.seq = n.seq;
  perform set_config('ringside.redacting', 'off', true);
end $$;
revoke all on function redact_events from public;
grant execute on function redact_events to ringside_workspace;
-- Only this function may, and the table's own triggers see to it that nothing but content is taken.
grant update (data) on events to ringside_system;
grant create on schema public to ringside_system;
alter function redact_events owner to ringside_system;
revoke create on schema public from ringside_system;
