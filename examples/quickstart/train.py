"""Fits ridge regression on the diabetes data for a row of alphas and keeps the best model.

The script knows nothing of where it runs. With azureml-core installed it logs through it; without,
it prints what azureml-core prints when it is not connected to a workspace.
"""
import json
import os

import joblib
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

try:
    from azureml.core.run import Run

    log = Run.get_context().log
except ImportError:

    def log(name, value):
        print(f"Attempted to log scalar metric {name}:\n{value}")


os.makedirs("outputs", exist_ok=True)
x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)

best = None
for alpha in np.arange(0.0, 1.0, 0.05):
    model = Ridge(alpha=alpha).fit(x_train, y_train)
    mse = mean_squared_error(y_test, model.predict(x_test))
    print(f"alpha is {alpha:.2f}, and mse is {mse:.2f}")
    if best is None or mse < best[1]:
        best = (alpha, mse)
        joblib.dump(model, "outputs/ridge.pkl")

log("alpha", round(float(best[0]), 2))
log("mse", round(float(best[1]), 2))
with open("outputs/metrics.json", "w") as f:
    json.dump({"alpha": float(best[0]), "mse": float(best[1])}, f)
