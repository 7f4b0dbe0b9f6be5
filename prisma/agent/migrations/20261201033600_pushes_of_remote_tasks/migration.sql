-- The agent that does a task may tell that something has happened to it.
alter table "agent_remote_tasks" add column "push_hash" bytea, add column "pushed_at" timestamptz(3);
