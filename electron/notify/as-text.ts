interface Words {
  readonly title: string;
  readonly body: string;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Notification daemons of Linux desktops read markup: in the body by the specification, some in the title too, where entities would show. Names
 * from the NAS must stay names.
 */
export function asText({ title, body }: Words, platform: string = process.platform): Words {
  if (platform !== 'linux') return { title, body };
  return {
    title: title.replaceAll('<', '‹').replaceAll('>', '›'),
    body: body.replace(/[&<>]/gu, (character) => ENTITIES[character] ?? character),
  };
}
