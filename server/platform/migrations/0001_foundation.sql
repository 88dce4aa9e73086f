-- Roles. The application never works as the owner of the tables: inside a workspace it is ringside_workspace, which sees
-- that workspace's rows only; ringside_system finds the workspace of a number, a session, a key, and reads the event log.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['ringside_workspace', 'ringside_system'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception
      when duplicate_object or unique_violation then null; -- roles belong to the server, not to this database
    end;
    begin
      -- Also where we have just made the role: since PostgreSQL 16 that alone does not allow to take it on.
      execute format('grant %I to current_user', role_name);
    exception
      when insufficient_privilege then null; -- somebody else made it and granted it, or the first query will say so
    end;
  end loop;
end $$;
grant usage on schema public to ringside_workspace, ringside_system;

create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- The workspace that the current transaction works in. Null outside one, so that every policy then shows nothing.
create function current_workspace() returns uuid language sql stable parallel safe
  return nullif(current_setting('ringside.workspace', true), '')::uuid;

create table workspaces (
  id uuid primary key,
  name text not null,
  -- Numbers without a country code are read in this country (ISO 3166-1 alpha-2).
  default_country text not null default 'US' check (default_country ~ '^[A-Z]{2}$'),
  time_zone text not null default 'America/New_York',
  -- What a caller hears before waiting with music.
  greeting text not null default 'Thank you for calling. Please hold; we will be with you shortly.',
  greeting_language text not null default 'en-US',
  created_at timestamptz not null default now()
);

-- People who sign in.
create table users (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  email text not null check (email = lower(email)),
  name text not null,
  role text not null check (role in ('admin', 'supervisor', 'agent')),
  password_hash text,
  -- The `sub` of the bearer tokens that the configured issuer signs for this person.
  supabase_user_id text unique,
  locale text not null default 'en',
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (id),
  constraint users_email_key unique (email)
);

-- A user who takes calls.
create table agents (
  workspace_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, user_id),
  foreign key (workspace_id, user_id) references users on delete cascade
);

create table queues (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  display_name text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint queues_name_key unique (workspace_id, name)
);

create table queue_agents (
  workspace_id uuid not null,
  queue_id uuid not null,
  agent_id uuid not null,
  primary key (workspace_id, queue_id, agent_id),
  foreign key (workspace_id, queue_id) references queues on delete cascade,
  foreign key (workspace_id, agent_id) references agents on delete cascade
);
create index queue_agents_agent on queue_agents (workspace_id, agent_id);

-- Telephone numbers that are ours. The dialled number gives the workspace of a call.
create table numbers (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  e164 text not null,
  label text not null,
  -- Where calls to this number wait.
  queue_id uuid,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint numbers_e164_key unique (e164),
  foreign key (workspace_id, queue_id) references queues on delete set null (queue_id)
);

create table contacts (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  email text,
  company text,
  type text,
  tags text[] not null default '{}',
  external_id text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint contacts_external_id_key unique (workspace_id, external_id)
);
create index contacts_email on contacts (workspace_id, lower(email));
create index contacts_updated on contacts (workspace_id, updated_at, id);

create table contact_phones (
  workspace_id uuid not null,
  contact_id uuid not null,
  position smallint not null,
  -- E.164 where it parses, else as given.
  number text not null,
  kind text not null,
  -- What equal callers have in common (core/phoneNumber.ts).
  key text not null,
  last_digits text,
  primary key (workspace_id, contact_id, position),
  foreign key (workspace_id, contact_id) references contacts on delete cascade
);
create index contact_phones_key on contact_phones (workspace_id, key);
create index contact_phones_last_digits on contact_phones (workspace_id, last_digits);

create table calls (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  provider text not null,
  provider_call_id text not null,
  control text not null check (control in ('ours', 'provider', 'nobody')),
  direction text not null check (direction in ('inbound', 'outbound')),
  -- As shown: E.164 where it parses, else as received.
  from_address text,
  to_address text,
  -- The customer's end as contacts are found by (core/phoneNumber.ts): history by number.
  customer_key text,
  caller_name text,
  subject text,
  status text not null check (status in ('initiated', 'ringing', 'in-progress', 'completed', 'failed')),
  outcome text check (outcome in ('answered', 'abandoned', 'voicemail', 'callback', 'overflowed', 'rejected', 'busy',
    'no-answer', 'canceled', 'failed')),
  queue_id uuid,
  agent_id uuid,
  contact_id uuid,
  match_state text not null check (match_state in ('matched', 'ambiguous', 'unknown', 'withheld', 'settled')),
  request_id uuid,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer check (duration_seconds >= 0),
  legs jsonb not null default '[]',
  primary key (workspace_id, id),
  -- Each provider call id is one call. The workspace comes last: reports that name no number of ours find it by the call.
  constraint calls_provider_call_id_key unique (provider, provider_call_id, workspace_id),
  -- An ended call says how it ended, a living one does not.
  check ((status in ('completed', 'failed')) = (outcome is not null)),
  foreign key (workspace_id, queue_id) references queues on delete set null (queue_id),
  foreign key (workspace_id, agent_id) references agents on delete set null (agent_id),
  foreign key (workspace_id, contact_id) references contacts on delete set null (contact_id)
);
create index calls_newest on calls (workspace_id, started_at desc, id desc);
create index calls_live on calls (workspace_id, started_at desc) where status in ('initiated', 'ringing', 'in-progress');
create index calls_contact on calls (workspace_id, contact_id, started_at desc) where contact_id is not null;
create index calls_customer on calls (workspace_id, customer_key, started_at desc) where customer_key is not null;
create index calls_agent on calls (workspace_id, agent_id, started_at desc) where agent_id is not null;
create index calls_queue on calls (workspace_id, queue_id, started_at desc) where queue_id is not null;

create table call_notes (
  workspace_id uuid not null,
  id uuid not null,
  call_id uuid not null,
  contact_id uuid,
  author_id uuid,
  author_name text not null,
  text text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  foreign key (workspace_id, contact_id) references contacts on delete set null (contact_id)
);
create index call_notes_call on call_notes (workspace_id, call_id, created_at);
create index call_notes_contact on call_notes (workspace_id, contact_id, created_at) where contact_id is not null;

create table support_requests (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  user_id text,
  user_email text not null,
  subject text not null,
  description text not null,
  priority text not null check (priority in ('low', 'normal', 'high', 'urgent')),
  phone_number text,
  customer_key text,
  status text not null default 'pending' check (status in ('pending', 'in-progress', 'done')),
  contact_id uuid,
  agent_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, contact_id) references contacts on delete set null (contact_id),
  foreign key (workspace_id, agent_id) references agents on delete set null (agent_id)
);
create index support_requests_newest on support_requests (workspace_id, created_at desc, id desc);
create index support_requests_open on support_requests (workspace_id, created_at desc) where status <> 'done';
create index support_requests_contact on support_requests (workspace_id, contact_id, created_at desc)
  where contact_id is not null;
create index support_requests_customer on support_requests (workspace_id, customer_key, created_at desc)
  where customer_key is not null;
alter table calls add foreign key (workspace_id, request_id) references support_requests on delete set null (request_id);

-- Every webhook as it came, committed with what it changed: what was acknowledged can be read again, byte for byte.
create table webhooks_received (
  workspace_id uuid not null references workspaces on delete cascade,
  id bigint not null generated always as identity,
  provider text not null,
  delivery_key text,
  call_id uuid,
  received_at timestamptz not null,
  headers json not null,
  body bytea not null,
  primary key (workspace_id, id)
);
create index webhooks_received_call on webhooks_received (workspace_id, call_id) where call_id is not null;

-- The newest list of live calls that a provider gave for an extension: an older one that arrives later brings nobody back.
create table rosters (
  workspace_id uuid not null references workspaces on delete cascade,
  provider text not null,
  extension_id text not null,
  place bigint,
  at timestamptz,
  provider_call_ids text[] not null,
  primary key (workspace_id, provider, extension_id)
);

-- The event log: numbered without gaps per workspace, in commit order. Everything that shows, counts or forwards what
-- happened reads it here.
create table event_heads (
  workspace_id uuid primary key references workspaces on delete cascade,
  seq bigint not null default 0
) with (fillfactor = 20); -- one row, updated by every transaction: keep its versions on its own page

create table events (
  workspace_id uuid not null references workspaces on delete cascade,
  seq bigint not null,
  at timestamptz not null,
  type text not null,
  call_id uuid,
  queue_id uuid,
  agent_id uuid,
  data json not null,
  primary key (workspace_id, seq)
);
create index events_call on events (workspace_id, call_id, seq) where call_id is not null;

create table sessions (
  -- SHA-256 of the token in the cookie: a copy of this table signs nobody in.
  token_hash bytea primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (workspace_id, user_id) references users on delete cascade
);
create index sessions_user on sessions (workspace_id, user_id);

create table sign_in_links (
  token_hash bytea primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  foreign key (workspace_id, user_id) references users on delete cascade
);

create table api_keys (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  -- SHA-256 of the whole key; the key itself is shown once.
  key_hash bytea not null unique,
  -- The last four characters, to tell keys apart on the screen.
  hint text not null,
  permissions text[] not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);

-- Row level security: enabled and forced, so that not even the owner of the tables reads across workspaces by accident.
do $$
declare
  table_name text;
begin
  foreach table_name in array array['users', 'agents', 'queues', 'queue_agents', 'numbers', 'contacts', 'contact_phones',
    'calls', 'call_notes', 'support_requests', 'webhooks_received', 'rosters', 'event_heads', 'events', 'sessions',
    'sign_in_links', 'api_keys'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy own_workspace on workspaces to ringside_workspace
  using (id = current_workspace()) with check (id = current_workspace());
grant select, update on workspaces to ringside_workspace;
-- The event log is only ever added to.
revoke update, delete on events from ringside_workspace;
revoke insert, delete on event_heads from ringside_workspace;

-- What the platform itself may see and do across workspaces.
do $$
declare
  allowed record;
begin
  for allowed in select * from (values
    ('workspaces', 'select, insert'), ('event_heads', 'select, insert'), ('events', 'select'), ('numbers', 'select'),
    ('users', 'select'), ('agents', 'select'), ('queue_agents', 'select'), ('sessions', 'select, update, delete'),
    ('sign_in_links', 'select, update'), ('api_keys', 'select, update')) as t(table_name, rights)
  loop
    execute format('create policy platform on %I to ringside_system using (true) with check (true)', allowed.table_name);
    execute format('grant %s on %I to ringside_system', allowed.rights, allowed.table_name);
  end loop;
end $$;
-- Of calls, only whose they are.
create policy platform on calls for select to ringside_system using (true);
grant select (workspace_id, provider, provider_call_id) on calls to ringside_system;
