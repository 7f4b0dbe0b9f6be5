-- Who changes a role says which version of it they have seen; roles are listed by age, too.
ALTER TABLE "roles" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;

CREATE INDEX "roles_created_at_id_idx" ON "roles"("created_at", "id");
