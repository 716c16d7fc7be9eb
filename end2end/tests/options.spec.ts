// Options.
import { expect, test } from '../support/test';

test('options say what they do and warn of what they may destroy', async ({ shell, options }) => {
  await shell.open('/options');
  await expect(shell.tabs.getByRole('link', { name: 'Options' })).toHaveAttribute('aria-current', 'page');
  await expect(options.foreign).not.toBeChecked();
  await expect(options.foreign).toHaveAccessibleDescription(/EV and OV certificates stay protected/);
  await expect(options.evAndOv).toHaveAccessibleDescription(/By ticking this box you confirm it/);
  await expect(options.about('readd-per-week')).toContainText('default: 2');
});

test('an option is saved, told, and still set after a reload', async ({ page, shell, options }) => {
  await shell.open('/options');
  await options.readd.fill('3');
  await options.save();
  await expect(shell.messages).toContainText('Saved: 1 option changed.');
  await expect(options.about('readd-per-week')).toContainText('set by');
  await page.reload();
  await shell.hydrated();
  await expect(options.readd).toHaveValue('3');
  await options.readd.fill('2');
  await options.save();
  await expect(shell.messages).toContainText('Saved: 1 option changed.');
});
