import numpy as np
from scipy import signal
from fieldmouse.design import filters as D
from fieldmouse import dsp
rng=np.random.default_rng(1)
n=4096
def snr(r,y): e=y-r; return 10*np.log10((r**2).mean()/max((e**2).mean(),1e-9)), np.abs(e).max()
sig={"sine":32767*np.sin(2*np.pi*.03*np.arange(n)),"noise":rng.uniform(-32768,32767,n),"sweep":32767*signal.chirp(np.arange(n),0,n,.5),"square":np.where(np.arange(n)//20%2,32767,-32768),"imp":np.r_[np.zeros(10),-32768,np.zeros(500)],"half":.5*rng.uniform(-32768,32767,n), "faint":.01*rng.uniform(-32768,32767,n)}
sig={k:np.round(v).astype(np.int16) for k,v in sig.items()}
for d in [D.butterworth(4,.1,1),D.butterworth(4,.05,1),D.butterworth(4,.05,1,"high"),D.butterworth(2,[.1,.2],1,"band"),D.butterworth(2,[.2,.25],1,"stop"),D.iir(6,.2,1,family="ellip")]:
    print(d.up,"noise",round(d.noise,1),"err",round(d.error,1))
    for k,x in sig.items():
        y=dsp.biquad(x,d); r=np.clip(signal.sosfilt(d.sos,x.astype(float)),-32768,32767); q=np.clip(signal.sosfilt(d.quantised,x.astype(float))*2**d.up,-32768,32767)
        print("  ",k,"ideal %.1f dB max %.1f"%snr(r,y),"quant %.1f %.1f"%snr(q,y))
for d in [D.fir(32,.1,1),D.fir(32,.2,1),D.fir(33,.2,1,"high")]:
    print(d.shift,d.l1,20*np.log10(d.response_error),d.error)
    for k,x in sig.items():
        y=dsp.fir(x,d); r=np.clip(signal.lfilter(d.wanted,1,x.astype(float)),-32768,32767)
        print("  ",k,"%.1f dB max %.1f"%snr(r,y))
h=D.halfband(31); print(h.pass_ripple,h.stop_gain,h.table)
for k,x in sig.items():
    y=dsp.halfband(x,h); r=np.clip(signal.lfilter(h.wanted,1,x.astype(float)),-32768,32767)[::2]; print(k,"%.1f %.2f"%snr(r,y))
for hz in [.1,.01,.0001]:
    e=D.ema(hz,1)
    x=sig["noise"]; y=dsp.ema_low(x,e); a=e.alpha_q15/32768; r=signal.lfilter([a],[1,a-1],x.astype(float)); print(hz, e.alpha_q15,snr(r,y), snr(np.clip(x-r,-32768,32767), dsp.ema_high(x,e)))
d=D.dc(.001,1); print(d)
x=sig["noise"]; y=dsp.dc_remove(x,d); p=1-2.**-d.shift; r=signal.lfilter([1,-1],[1,-p],x.astype(float)); print(snr(np.clip(r,-32768,32767),y), dsp.dc_remove(np.full(20000,12345,dtype=np.int16),d)[-3:])
for N in [64,256,1024,4096]:
  for k in [.3,1,2,N/8,N/4-1,N/4,N/4+1,N/2-1]:
    g=D.goertzel(k,N,N)
    for nm,x in [("tone",np.round(32767*np.sin(2*np.pi*k*np.arange(N)/N+.3)).astype(np.int16)),("noise",sig["noise"][:N]),("faint",sig["faint"][:N])]:
        p=dsp.goertzel(x,g)[0]; X=np.abs((x.astype(float)*np.exp(-2j*np.pi*k/N*np.arange(N))).sum())**2*2/N**2
        print(N,k,nm,"up",g.up,p,round(X,1),"root err %.3f bound %.3f"%(np.sqrt(p)-np.sqrt(X),g.error+2**-13*np.sqrt(X)), "rel hz %.1e"%(g.hz/k-1))
