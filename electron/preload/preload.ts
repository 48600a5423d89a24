import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { BRIDGE_NAME, channelOf, type Answer, type Bridge } from '../../shared/bridge.ts';
import { EVENTS, REQUESTS } from '../../shared/ipc.ts';

/** Names are looked up in the map: no other channel can be reached from a page. */
const bridge: Bridge = {
  request: async (name, payload) => {
    if (!Object.hasOwn(REQUESTS, name)) throw new Error('There is no such request.');
    return (await ipcRenderer.invoke(channelOf(name), payload)) as Answer<unknown>;
  },
  on: (name, listener) => {
    if (!Object.hasOwn(EVENTS, name)) throw new Error('There is no such event.');
    const heard = (_event: IpcRendererEvent, value: unknown): void => listener(value);
    ipcRenderer.on(channelOf(name), heard);
    return () => {
      ipcRenderer.off(channelOf(name), heard);
    };
  },
};

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
