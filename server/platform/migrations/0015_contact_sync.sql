-- Contacts in and out: what else is known of them, who is gone, and who is the same person.

-- Fields that a workspace adds to its contacts. Their values are in contacts.fields, by name.
create table custom_fields (
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,59}$'),
  label text not null,
  type text not null check (type in ('text', 'number', 'date', 'choice', 'boolean')),
  choices text[] not null default '{}',
  on_card boolean not null default false,
  position smallint not null,
  primary key (workspace_id, name)
);
alter table contacts add column fields jsonb not null default '{}';

-- A contact that was merged into another one goes by its old external id, too.
create table contact_aliases (
  workspace_id uuid not null,
  external_id text not null,
  contact_id uuid not null,
  primary key (workspace_id, external_id),
  foreign key (workspace_id, contact_id) references contacts on delete cascade
);
create index contact_aliases_contact on contact_aliases (workspace_id, contact_id);

-- Contacts that are gone, for whoever keeps a copy of them: no more than which, and when.
create table contact_tombstones (
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null,
  external_id text,
  -- Who it has become, where it was not deleted but merged.
  merged_into uuid,
  deleted_at timestamptz not null,
  primary key (workspace_id, contact_id)
);
create index contact_tombstones_deleted on contact_tombstones (workspace_id, deleted_at, contact_id);
create index contact_tombstones_merged on contact_tombstones (workspace_id, merged_into) where merged_into is not null;

-- A trigger, so that no way of deleting a contact can forget it.
create function remember_deleted_contact() returns trigger language plpgsql
set search_path = public, pg_temp as $$
begin
  -- Nothing is remembered of a workspace that goes away itself.
  insert into contact_tombstones (workspace_id, contact_id, external_id, deleted_at)
  select old.workspace_id, old.id, old.external_id, date_trunc('milliseconds', now())
  from workspaces where id = old.workspace_id
  on conflict (workspace_id, contact_id) do nothing;
  return null;
end $$;
create trigger contacts_deleted after delete on contacts
  for each row execute function remember_deleted_contact();

do $$
declare
  table_name text;
begin
  foreach table_name in array array['custom_fields', 'contact_aliases', 'contact_tombstones'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;

-- Connected CRMs, one of each kind. What is to be done when, and who does it, are columns: `due_at`, and a claim that runs out
-- when whoever has it dies.
create table connections (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  crm text not null check (crm in ('hubspot', 'salesforce')),
  account text not null,
  status text not null default 'active' check (status in ('active', 'paused', 'broken')),
  sync_deletions boolean not null default true,
  -- In an envelope.
  tokens bytea not null,
  -- How far it has been read, and how far ours have been written, there.
  pull_cursor jsonb,
  push_cursor jsonb not null default '{}',
  -- Of the event log: which calls have been logged there.
  event_seq bigint not null,
  due_at timestamptz not null,
  -- Counts how often something has happened, so that a run notices what it may have missed.
  wakes bigint not null default 0,
  claim uuid,
  claimed_until timestamptz,
  attempts smallint not null default 0,
  -- Why the last run ended early, or what it had to leave out; a sentence.
  problem text,
  synced_at timestamptz,
  created_at timestamptz not null,
  primary key (workspace_id, id),
  constraint connections_crm_key unique (workspace_id, crm)
);
create index connections_due on connections (due_at) where status = 'active';

-- Who is who there, and how both sides were when they were last brought together (core/contactSync.ts).
create table connection_contacts (
  workspace_id uuid not null,
  connection_id uuid not null,
  remote_id text not null,
  -- Null: deleted here.
  contact_id uuid,
  ours jsonb not null,
  theirs jsonb not null,
  -- Ours is still to be written there.
  pending boolean not null default false,
  -- The one that is written, of several records of a contact that has been merged.
  main boolean not null default true,
  primary key (workspace_id, connection_id, remote_id),
  foreign key (workspace_id, connection_id) references connections on delete cascade,
  foreign key (workspace_id, contact_id) references contacts on delete set null (contact_id)
);
create index connection_contacts_contact on connection_contacts (workspace_id, contact_id, connection_id);
create index connection_contacts_pending on connection_contacts (workspace_id, connection_id, remote_id)
  where pending or contact_id is null;

-- Calls that are logged there. Without an entry's id: an attempt that may have got as far as that.
create table connection_calls (
  workspace_id uuid not null,
  connection_id uuid not null,
  call_id uuid not null,
  entry_id text,
  primary key (workspace_id, connection_id, call_id),
  foreign key (workspace_id, connection_id) references connections on delete cascade,
  foreign key (workspace_id, call_id) references calls on delete cascade
);
create index connection_calls_call on connection_calls (workspace_id, call_id);

-- People who have gone to a CRM to allow it and are to come back.
create table connection_requests (
  workspace_id uuid not null references workspaces on delete cascade,
  -- SHA-256 of what they bring back.
  state_hash bytea not null,
  crm text not null,
  user_id uuid not null,
  -- In an envelope.
  verifier bytea not null,
  expires_at timestamptz not null,
  primary key (workspace_id, state_hash),
  foreign key (workspace_id, user_id) references users on delete cascade
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['connections', 'connection_contacts', 'connection_calls', 'connection_requests'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
-- The alarm clock looks across workspaces, for times only.
create policy platform on connections for select to ringside_system using (true);
grant select (workspace_id, id, status, due_at, claimed_until) on connections to ringside_system;
