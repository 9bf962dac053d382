"""The photo puppet: warps one photograph into clips whose motion is known exactly."""
