-- Templates belong to somebody, have languages, layouts and versions.
CREATE TYPE "template_kind" AS ENUM ('MESSAGE', 'LAYOUT');

ALTER TABLE "templates"
    ADD COLUMN "owner_id" TEXT NOT NULL,
    ADD COLUMN "kind" "template_kind" NOT NULL DEFAULT 'MESSAGE',
    ADD COLUMN "category" TEXT,
    ADD COLUMN "html_template" TEXT,
    ADD COLUMN "translations" JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN "layout_id" TEXT,
    ADD COLUMN "is_shared" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "deleted_at" TIMESTAMPTZ(3),
    ALTER COLUMN "variables" SET DEFAULT '[]';

CREATE TABLE "template_versions" (
    "template_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "category" TEXT,
    "subject_template" TEXT,
    "content_template" TEXT NOT NULL,
    "html_template" TEXT,
    "variables" JSONB NOT NULL,
    "language" TEXT NOT NULL,
    "translations" JSONB NOT NULL,
    "layout_id" TEXT,
    "is_active" BOOLEAN NOT NULL,
    "is_shared" BOOLEAN NOT NULL,
    "created_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_versions_pkey" PRIMARY KEY ("template_id","version")
);

CREATE UNIQUE INDEX "templates_name_key" ON "templates"("owner_id", "name") WHERE (deleted_at IS NULL);
CREATE INDEX "templates_owner_id_created_at_id_idx" ON "templates"("owner_id", "created_at", "id");
CREATE INDEX "templates_owner_id_updated_at_id_idx" ON "templates"("owner_id", "updated_at", "id");
CREATE INDEX "templates_owner_id_name_id_idx" ON "templates"("owner_id", "name", "id");
CREATE INDEX "templates_created_at_id_idx" ON "templates"("created_at", "id");
CREATE INDEX "templates_updated_at_id_idx" ON "templates"("updated_at", "id");
CREATE INDEX "templates_name_id_idx" ON "templates"("name", "id");
CREATE INDEX "templates_layout_id_idx" ON "templates"("layout_id");
CREATE INDEX "templates_shared_idx" ON "templates"("created_at", "id") WHERE (is_shared AND deleted_at IS NULL);

ALTER TABLE "templates" ADD CONSTRAINT "templates_layout_id_fkey" FOREIGN KEY ("layout_id") REFERENCES "templates"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "template_versions" ADD CONSTRAINT "template_versions_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "templates"("id") ON DELETE CASCADE ON UPDATE CASCADE;
