/**
 * All the script of the pages, as text: live parts, following a log, copying, two keys. Each page is complete without it.
 *
 * A part that may change has `data-live`; the server is asked for the page again when it says that something happened, and what differs is replaced in place. A pod, which is gone with its run, sends its last page itself.
 * The log is followed for as long as its end is in sight: whoever scrolls up reads in peace.
 */
export const SCRIPT = `(()=>{
const $=(s,r=document)=>r.querySelector(s);
document.addEventListener("click",e=>{
  const b=e.target.closest("[data-copy]");if(!b)return;
  const from=document.getElementById(b.dataset.copy);
  navigator.clipboard.writeText(from.dataset.text??from.textContent).then(()=>{const t=b.textContent;b.textContent="Copied";setTimeout(()=>b.textContent=t,1500)});
});
const isAtEnd=()=>innerHeight+scrollY>=document.body.scrollHeight-80;
let follow,following=isAtEnd();
const toEnd=()=>$(".log")?.lastElementChild?.scrollIntoView({block:"end"});
const setFollow=on=>{following=on;if(follow)follow.checked=on;if(on)toEnd()};
const bind=()=>{
  document.querySelectorAll("[data-copy]").forEach(b=>b.hidden=false);
  follow=$("[data-follow]");if(!follow)return;
  follow.closest("label").hidden=false;follow.checked=following;follow.onchange=()=>setFollow(follow.checked);
};
bind();
addEventListener("scroll",()=>{following=isAtEnd();if(follow)follow.checked=following},{passive:true});
addEventListener("keydown",e=>{
  const typing=/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if(e.key==="Escape"&&typing)return e.target.blur();
  if(typing||e.metaKey||e.ctrlKey||e.altKey)return;
  if(e.key==="/"){const s=$("input[type=search]");if(s){e.preventDefault();s.focus()}}
  if(e.key==="G")setFollow(true);
});
const live=$("[data-live-from]");
if(live&&"EventSource"in window){
  const events=new EventSource(live.dataset.liveFrom);
  let state="idle",told=0;
  const show=text=>{
    const next=new DOMParser().parseFromString(text,"text/html");
    for(const part of document.querySelectorAll("[data-live]")){
      const fresh=next.querySelector('[data-live="'+part.dataset.live+'"]');
      if(fresh&&fresh.innerHTML!==part.innerHTML)part.innerHTML=fresh.innerHTML;
    }
    const status=next.querySelector("[data-status]")?.textContent;
    if(status&&Date.now()-told>10000){told=Date.now();$("[role=status]").textContent=status}
    bind();
    if(follow&&following)toEnd();
    if(!next.querySelector("[data-live-from]"))events.close();
  };
  const load=async()=>show(await(await fetch(location.href,{headers:{accept:"text/html"}})).text());
  const change=async()=>{
    if(document.hidden||state!=="idle"){state=state==="idle"?"idle":"again";return}
    do{state="busy";await load().catch(()=>{})}while(state==="again");
    state="idle";
  };
  events.onmessage=change;
  events.addEventListener("end",e=>{told=0;show(e.data)});
  addEventListener("visibilitychange",()=>{if(!document.hidden)change()});
}
})();`;
