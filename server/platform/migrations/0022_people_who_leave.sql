-- People who leave: they sign in no more and take no calls, and all that they have done stays under their name.
alter table users
  add column left_at timestamptz,
  -- Whoever has left is disabled besides, so that one question finds both.
  add constraint users_left_are_disabled check (left_at is null or disabled_at is not null),
  drop constraint users_email_key;
-- The address is free for whoever has it next, in whatever workspace.
create unique index users_email_key on users (email) where left_at is null;

-- Agents who take no calls any more, because they have left or do other work now. Their calls name them.
alter table agents add column retired_at timestamptz;

-- As before, but that nobody has the desk of an agent who takes no calls any more.
create or replace view voip_people with (security_invoker = true) as
  select p.workspace_id, p.id, p.supabase_user_id, p.type, p.first_name, p.last_name, p.email, p.role, p.phone,
    p.contact_id, a.id as agent_id, u.disabled_at is not null as disabled
  from participants p
  left join users u on u.workspace_id = p.workspace_id and u.supabase_user_id = p.supabase_user_id
  left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id and a.retired_at is null
  union all
  select u.workspace_id, u.id, u.supabase_user_id, 'CRM_USER', split_part(u.name, ' ', 1),
    trim(substr(u.name, length(split_part(u.name, ' ', 1)) + 1)), u.email, upper(u.role), null,
    null, a.id, u.disabled_at is not null
  from users u
  left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id and a.retired_at is null
  where u.supabase_user_id is not null
    and not exists (select from participants p where p.supabase_user_id = u.supabase_user_id);
