import numpy as np, time, warnings
from fieldmouse.design._iir import butterworth, iir
for k,hz in [("low",.3),("low",.1),("low",.05),("low",.03),("low",.02),("low",.01),("high",.02),("high",.05),("high",.1),("high",.4),("band",[.05,.1]),("band",[.1,.2]),("stop",[.48,.49]),("stop",[.2,.25])]:
    t=time.time()
    try:
        d=butterworth(4 if k in("low","high") else 2,hz,1,k,tolerance=1)
        print(k,hz,"up",d.up,"l1 %.2f noise %.1f rms %.2f resp %.1f dB err %.1f lsb r %.4f"%(d.l1,d.noise,d.noise_rms,20*np.log10(d.response_error),d.error,d.pole_radius),d.table.tolist(),"%.1fs"%(time.time()-t))
    except ValueError as e: print(k,hz,e)
