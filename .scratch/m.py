import sys, numpy as np, tempfile
from pathlib import Path
from orchestrator.emulator.unicorn.bare import Bare, link, BareError
from fieldmouse.design import filters as D
from fieldmouse import dsp
DSP=Path("lib/dsp")
rng=np.random.default_rng(0)
x=rng.integers(-32768,32768,256).astype(np.int16)
def build(core, keep, extra=()):
    t=Path(tempfile.mkdtemp())/"a.elf"
    src=[*sorted(DSP.glob("*.c")),*sorted(DSP.glob("*.S"))]
    global ELF; ELF=t
    return Bare(link(t,core,src,["-Os","-std=c99","-Ilib/dsp","-Ilib/port","-Wall","-Wextra","-Werror","-Wconversion",*extra],keep),core)
def size(b): return sum(len(d) for a,d in b.image.segments)
which=sys.argv[1:] or ["biquad","fir"]
for core in ("cortex-m0plus","cortex-m4f"):
  for extra in ((),("-DPORTABLE",)):
    if "biquad" in which:
      for d in (D.butterworth(4,.1,1),D.butterworth(4,.4,1,"high"),D.butterworth(2,.1,1)):
        b=build(core,["dsp_biquad","dsp_biquad_init"],extra)
        st=b.new(8*8); t=b.new(d.table.tobytes()); i=b.new(x.tobytes()); o=b.new(512)
        b.call("dsp_biquad_init",st,t); c=b.call("dsp_biquad",st,t,i,o,256)
        y=np.frombuffer(b.read(o,512),np.int16)
        print(core,extra,"biquad",len(d.sos),c.instructions,"stack",c.stack,"bytes",size(b),"same",(y==dsp.biquad(x,d)).all())
        b.call("dsp_biquad_init",st,t); at=0
        for k in (1,2,3,4,5,7,200,1,33): b.call("dsp_biquad",st,t,i+2*at,o+2*at,k); at+=k
        y=np.frombuffer(b.read(o,512),np.int16); print("   blocks same",at,(y==dsp.biquad(x,d)).all())
    if "fir" in which:
      for d in (D.fir(32,.1,1),D.fir(33,.1,1)):
       for block in (256,64):
        b=build(core,["dsp_fir","dsp_fir_init"],extra)
        n=len(d.wanted)
        st=b.new(16); t=b.new(d.table.tobytes()); i=b.new(x.tobytes()); o=b.new(512); l=b.new(2*(n-1+block))
        b.call("dsp_fir_init",st,t,l,block); c=b.call("dsp_fir",st,i,o,256)
        y=np.frombuffer(b.read(o,512),np.int16)
        print(core,extra,"fir",n,block,c.instructions,"stack",c.stack,"bytes",size(b),"same",(y==dsp.fir(x,d)).all())
