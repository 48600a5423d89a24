import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';

export interface MoreItem {
  readonly text: string;
  readonly act: () => void;
  readonly isDangerous?: boolean;
}

/** What is done seldom, behind one button. `of`: what it is done to, for who can't see where the button stands. */
export function MoreMenu({ of, items }: { readonly of: string; readonly items: readonly MoreItem[] }): ReactNode {
  if (items.length === 0) return null;
  return (
    <MenuTrigger>
      <Button className="button" aria-label={`More for ${of}`}>
        More <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label={`More for ${of}`}
          onAction={(key) => items.find(({ text }) => text === key)?.act()}
        >
          {items.map(({ text, isDangerous }) => (
            <MenuItem key={text} id={text} className={isDangerous === true ? 'menu-item danger' : 'menu-item'}>
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
