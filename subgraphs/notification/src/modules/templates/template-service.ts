import { signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { conflict, invalidInput, notFound, parseInput, type InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { canonicalLanguage } from './languages.ts';
import { mayChange, mayUse, visibleOwner } from './template-access.ts';
import { textProblems, variableProblems } from './template-checks.ts';
import { layoutInUse, templateNameTaken } from './template-failures.ts';
import {
  createShape,
  toTranslations,
  updateShape,
  type CreateTemplateInput,
  type UpdateTemplateInput,
} from './template-input.ts';
import { TEMPLATES, VERSIONS_OF_TEMPLATE, type TemplateFilter, type TemplateListArguments } from './template-query.ts';
import type { ListedVersion, TemplateKind, TemplateRecord, TemplateValues } from './template-record.ts';
import type { TemplateStore, WriteRefusal } from './template-store.ts';

const NO_TEMPLATE = 'There is no such template, or you may not change it.';
const UPDATE_ATTEMPTS = 3;
const DEFAULT_LANGUAGE = 'en';

/** Keeps templates and their versions. */
export class TemplateService {
  constructor(private readonly store: TemplateStore) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(TemplateRecord | null)[]> {
    const found = new Map((await this.store.findMany(ids)).map((row) => [row.id, row]));
    return ids.map((id) => {
      const template = found.get(id);
      return template && mayUse(viewer, template) ? template : null;
    });
  }

  list(viewer: Viewer, args: TemplateListArguments): Promise<Connection<TemplateRecord>> {
    const query = { filter: checkedFilter(args.filter ?? {}), visibleOwner: visibleOwner(viewer) };
    return TEMPLATES.page(args, query, this.store.list);
  }

  /** Of templates that the viewer has been shown. */
  versionsOf(templates: readonly TemplateRecord[], args: PageArguments): Promise<Connection<ListedVersion>[]> {
    const counts = new Map(templates.map(({ id, version }) => [id, version]));
    const ids = templates.map(({ id }) => id);
    return VERSIONS_OF_TEMPLATE.pagesOf(ids, args, null, {
      pagesOf: (...asked) => this.store.versions.pagesOf(...asked),
      // They are numbered without gaps.
      countsOf: () => Promise.resolve(counts),
    });
  }

  async create(viewer: Viewer, input: CreateTemplateInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(createShape, input);
    if (!parsed.ok) return parsed.error;
    const { data } = parsed;
    const { channel, kind = 'MESSAGE' } = input;
    const values: TemplateValues = {
      name: data.name,
      description: data.description ?? null,
      category: data.category ?? null,
      subjectTemplate: data.subjectTemplate ?? null,
      contentTemplate: data.contentTemplate,
      htmlTemplate: data.htmlTemplate ?? null,
      variables: data.variables ?? [],
      language: data.language ?? DEFAULT_LANGUAGE,
      translations: toTranslations(data.translations ?? []),
      layoutId: data.layoutId ?? null,
      isActive: data.isActive ?? true,
      isShared: data.isShared ?? false,
    };
    const problems = await this.problemsOf(viewer, { channel, kind, ...values });
    if (problems.length > 0) return invalidInput(problems);
    const outcome = await this.store.create({ id: newId(), ownerId: userId, channel, kind }, values);
    if (typeof outcome === 'string') return this.refusal(outcome, userId, values.name);
    return { __typename: 'CreateNotificationTemplateSuccess' as const, template: outcome };
  }

  async update(viewer: Viewer, input: UpdateTemplateInput) {
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const template = await this.changeable(viewer, input.id);
      if (!template) return notFound(NO_TEMPLATE);
      if (input.expectedVersion != null && input.expectedVersion !== template.version) {
        return conflict(`The template is at version ${template.version}, not ${input.expectedVersion}.`);
      }
      const values = changed(template, parsed.data);
      const problems = await this.problemsOf(viewer, { channel: template.channel, kind: template.kind, ...values });
      if (problems.length > 0) return invalidInput(problems);
      const outcome = await this.store.update(template.id, template.version, values, signedIn(viewer).userId);
      if (typeof outcome === 'string') return this.refusal(outcome, template.ownerId, values.name);
      if (outcome) return { __typename: 'UpdateNotificationTemplateSuccess' as const, template: outcome };
    }
    return conflict('Others are changing this template; try again.');
  }

  async delete(viewer: Viewer, id: string) {
    const template = await this.changeable(viewer, id);
    const outcome = template && (await this.store.delete(id));
    if (!outcome) return notFound(NO_TEMPLATE);
    if (typeof outcome === 'number') return layoutInUse(outcome);
    return { __typename: 'DeleteNotificationTemplateSuccess' as const, templateId: id };
  }

  /** Everything that would keep a template from being stored or rendered. */
  async problemsOf(
    viewer: Viewer,
    template: TemplateValues & { readonly channel: Channel; readonly kind: TemplateKind },
  ): Promise<InvalidField[]> {
    const whom = waitingViewer(viewer);
    const [variables, texts, layout] = await Promise.all([
      variableProblems(template.variables, whom),
      textProblems(template, whom),
      this.layoutProblem(viewer, template),
    ]);
    return [...variables, ...(layout === null ? [] : [{ path: 'layoutId', message: layout }]), ...texts];
  }

  private async layoutProblem(
    viewer: Viewer,
    { layoutId, channel }: { readonly layoutId: string | null; readonly channel: Channel },
  ): Promise<string | null> {
    if (layoutId === null) return null;
    const [layout] = await this.visible(viewer, [layoutId]);
    if (!layout || layout.kind !== 'LAYOUT') return 'is not a layout that you may use';
    return layout.channel === channel ? null : `is a layout for ${layout.channel}, not for ${channel}`;
  }

  /** Null also when the viewer may see the template but not change it: a mutation tells neither. */
  private async changeable(viewer: Viewer, id: string): Promise<TemplateRecord | null> {
    const [template] = await this.store.findMany([id]);
    return template && mayChange(viewer, template) ? template : null;
  }

  private async refusal(why: WriteRefusal, ownerId: string, name: string) {
    if (why === 'layout gone') return invalidInput([{ path: 'layoutId', message: 'is not a layout that you may use' }]);
    const taken = await this.store.idOfName(ownerId, name);
    // Gone again since: the caller may simply repeat.
    return taken ? templateNameTaken(name, taken) : invalidInput([{ path: 'name', message: 'was in use; try again' }]);
  }
}

function changed(template: TemplateRecord, data: ReturnType<typeof updateShape.parse>): TemplateValues {
  const kept = <T>(given: T | null | undefined, before: T, cleared: T): T =>
    given === undefined ? before : (given ?? cleared);
  return {
    name: data.name ?? template.name,
    description: kept(data.description, template.description, null),
    category: kept(data.category, template.category, null),
    subjectTemplate: kept(data.subjectTemplate, template.subjectTemplate, null),
    contentTemplate: data.contentTemplate ?? template.contentTemplate,
    htmlTemplate: kept(data.htmlTemplate, template.htmlTemplate, null),
    variables: kept(data.variables, template.variables, []),
    language: data.language ?? template.language,
    translations: data.translations === undefined ? template.translations : toTranslations(data.translations ?? []),
    layoutId: kept(data.layoutId, template.layoutId, null),
    isActive: data.isActive ?? template.isActive,
    isShared: data.isShared ?? template.isShared,
  };
}

function checkedFilter(filter: TemplateFilter): TemplateFilter {
  if (filter.language == null) return filter;
  const language = canonicalLanguage(filter.language);
  if (language === null) throw badInput('filter.language', 'must be a language tag, e.g. de or de-AT');
  return { ...filter, language };
}
