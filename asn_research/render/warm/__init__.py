"""Kernels forked from a warm parent: real, isolated, fresh ipykernels that start without the time for imports.

This package depends on jupyter_client and ipykernel only, and on nothing else of this toolkit. A kernelspec names
the provisioner ``warm-fork`` and the modules that the parent imports; papermill, nbclient, nbconvert and nbval
then use it unchanged. `provisioner` and `client` are the side that asks for kernels, `parent` is the side that forks.
"""
