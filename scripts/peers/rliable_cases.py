#!/usr/bin/env python3
"""Prints the cases of Tests/EvaluationTests/RliableCases.swift: scores with the statistics that rliable computes.

    pip install rliable; scripts/peers/rliable_cases.py

The intervals are percentiles of 20,000 resamples (of 5,000 for the probability of improvement), over the runs alone
(`_runs`) and over runs and tasks (`_tasks`).
"""
import json, numpy as np
from rliable import library, metrics
rng=np.random.RandomState(7)
np.random.seed(11)
cases=[]
for (runs,others,tasks,scale) in [(3,3,2,100.0),(5,4,7,1.0),(10,10,4,1.0)]:
    x=np.round(rng.normal(0.6,0.3,(runs,tasks))*scale,3); y=np.round(rng.normal(0.5,0.4,(others,tasks))*scale,3)
    y[0,0]=x[0,0]
    case={'x':x.tolist(),'y':y.tolist()}
    for name,f in [('iqm',metrics.aggregate_iqm),('mean',metrics.aggregate_mean),('median',metrics.aggregate_median),('gap',metrics.aggregate_optimality_gap)]:
        case[name]=float(f(x))
        for tb in (False,True):
            _,ci=library.get_interval_estimates({'a':x},lambda s:np.array([f(s)]),reps=20000,task_bootstrap=tb)
            case[name+('_tasks' if tb else '_runs')]=[float(v) for v in ci['a'][:,0]]
    case['improvement']=float(metrics.probability_of_improvement(x,y))
    _,ci=library.get_interval_estimates({'a':(x,y)},lambda a,b:np.array([metrics.probability_of_improvement(a,b)]),reps=5000)
    case['improvement_runs']=[float(v) for v in ci['a'][:,0]]
    taus=[0.3*scale,0.6*scale]
    p,_=library.create_performance_profile({'a':x},np.array(taus),reps=10)
    case['taus']=taus; case['profile']=p['a'].tolist()
    cases.append(case)
print(json.dumps(cases,indent=1))
