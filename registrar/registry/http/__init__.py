"""Plain HTTP to an MLflow server, without MLflow's client."""
