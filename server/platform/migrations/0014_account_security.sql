-- Second factors, and sessions that people can tell apart.

alter table sessions
  -- What people call it by: the token is nobody's to see.
  add column id uuid not null default gen_random_uuid() unique,
  -- Browser and system in words, and the address, both of when it began.
  add column device text,
  add column address text,
  -- It ends after so long without a request. Depends on the role: server/access/sessionStore.ts.
  add column idle_for interval not null default interval '12 hours',
  -- When its person last gave a password, a code or a link.
  add column proven_at timestamptz not null default now();
-- Older ones are as recent as their beginning.
update sessions set proven_at = created_at;

-- The roles that may not sign in without a second factor.
alter table workspaces add column second_factor_roles text[] not null default '{}'
  check (second_factor_roles <@ array['admin', 'supervisor', 'agent']);

-- Time-based one-time codes (RFC 6238).
create table second_factors (
  workspace_id uuid not null,
  user_id uuid not null,
  -- An envelope (server/platform/envelope.ts).
  seed bytea not null,
  -- The step of the last code that was taken: each is taken once.
  last_step bigint not null default 0,
  -- Null until a first code has shown that the app has the seed: until then nobody is asked for one.
  confirmed_at timestamptz,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references users on delete cascade
);

-- Each opens the account once, in the place of a code. They have 120 random bits: SHA-256 is enough.
create table recovery_codes (
  workspace_id uuid not null,
  user_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (workspace_id, user_id, code_hash),
  foreign key (workspace_id, user_id) references second_factors on delete cascade
);

-- Whoever has shown the first factor and is to show the second. Good for that, and nothing else.
create table sign_in_challenges (
  token_hash bytea primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  tries smallint not null default 0,
  expires_at timestamptz not null,
  foreign key (workspace_id, user_id) references users on delete cascade
);
create index sign_in_challenges_user on sign_in_challenges (workspace_id, user_id);

-- What the installation signs with: in an envelope as soon as there is a key outside of the database.
alter table server_secrets add column sealed boolean not null default false;
grant update on server_secrets to ringside_system;

do $$
declare
  table_name text;
begin
  foreach table_name in array array['second_factors', 'recovery_codes', 'sign_in_challenges'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
-- Whose a challenge is: its token names no workspace.
create policy platform on sign_in_challenges for select to ringside_system using (true);
grant select (token_hash, workspace_id) on sign_in_challenges to ringside_system;
