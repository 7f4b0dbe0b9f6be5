-- Workflows to be made again, with roles instead of agents.
CREATE TABLE "workflow_templates" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "is_shared" BOOLEAN NOT NULL DEFAULT false,
    "version" INTEGER NOT NULL DEFAULT 1,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "parameters" JSONB NOT NULL,
    "roles" JSONB NOT NULL,
    "definition" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_templates_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "workflow_templates_owner_id_name_key" ON "workflow_templates"("owner_id", "name");
CREATE INDEX "workflow_templates_name_id_idx" ON "workflow_templates"("name", "id");
CREATE INDEX "workflow_templates_created_at_id_idx" ON "workflow_templates"("created_at", "id");
CREATE INDEX "workflow_templates_updated_at_id_idx" ON "workflow_templates"("updated_at", "id");
CREATE INDEX "workflow_templates_tags_idx" ON "workflow_templates" USING GIN ("tags");
