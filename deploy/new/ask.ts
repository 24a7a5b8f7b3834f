import { findNameProblems } from "../settings/job-name.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { askOnTerminal } from "../terminal/terminal.ts";
import {
  CI_SERVICES,
  type CiService,
  DEFAULT_TEMPLATE,
  TEMPLATE_NAMES,
  TEMPLATES,
  type TemplateName,
} from "./project.ts";

/** What was said on the command line; the rest is asked for, or taken for granted. */
export interface NewJobAnswers {
  readonly name?: string | undefined;
  readonly template?: TemplateName | undefined;
  readonly ci?: CiService | undefined;
}

export type CompleteAnswers = NewJobAnswers & { readonly name: string; readonly template: TemplateName };

/**
 * Completes what the command line left open: asks where a person can answer, else takes the default.
 *
 * @param isTerminal whether somebody can answer
 * @throws {CommandError} where a name is missing and nobody can answer, or the person calls it off
 */
export async function completeAnswers(given: NewJobAnswers, isTerminal: boolean): Promise<CompleteAnswers> {
  const { name, template } = given;
  if (name !== undefined && (template !== undefined || !isTerminal)) {
    return { ...given, name, template: template ?? DEFAULT_TEMPLATE };
  }
  if (!isTerminal) {
    throw new UsageError("A new job needs a name", { hint: "For example: errand new pod-report --template report" });
  }
  return await askOnTerminal(() => askPerson(given));
}

async function askPerson(given: NewJobAnswers): Promise<CompleteAnswers> {
  const { isCancel, select, text } = await import("@clack/prompts");
  // The questions are talk, and stdout is for the answer.
  const output = process.stderr;
  const answerOf = <T>(answer: T): Exclude<T, symbol> => {
    if (isCancel(answer)) throw new CommandError("Nothing was written");
    return answer as Exclude<T, symbol>;
  };
  const name =
    given.name ??
    answerOf(
      await text({
        message: "Job name?",
        placeholder: "pod-report",
        validate: (value) => findNameProblems(value ?? "")[0]?.message,
        output,
      }),
    );
  const template =
    given.template ??
    answerOf(
      await select<TemplateName>({
        message: "Template?",
        options: TEMPLATE_NAMES.map((value) => ({ value, label: value, hint: TEMPLATES[value] })),
        output,
      }),
    );
  const ci =
    given.ci ??
    answerOf(
      await select<CiService | "none">({
        message: "CI service to check and deploy with?",
        options: [{ value: "none" }, ...CI_SERVICES.map((value) => ({ value }))],
        output,
      }),
    );
  return { name, template, ci: ci === "none" ? undefined : ci };
}
